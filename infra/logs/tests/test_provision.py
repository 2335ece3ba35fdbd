"""One job brings a new cluster, or one in use, to what this repository says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import trouble
from infra.logs import api, provision
from infra.logs.keys import Seal
from infra.logs.tests.stub import Stub

Done = Callable[..., str]
TEMPLATE = "/_index_template/minitwit-logs"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """New: nothing is set but the password of `elastic`."""
    monkeypatch.setattr(api, "POLL_SECONDS", 0.01)
    with Stub() as made:
        yield made
        made.shutdown()


@pytest.fixture
def run(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The job, told by its environment; its status and all that it said."""
    told = {
        "MINITWIT_ELASTICSEARCH_URL": stub.url,
        "MINITWIT_KIBANA_URL": stub.url,
        "MINITWIT_ELASTIC_PASSWORD": "secret",
        "MINITWIT_KIBANA_PASSWORD": "kibana-secret",
    }

    def job(**also: str) -> tuple[int, str]:
        for name, value in (told | also).items():
            monkeypatch.setenv(name, value)
        status = trouble.exit_status(provision.main, "logs")
        return status, "".join(capsys.readouterr())

    return job


@pytest.fixture
def done(run: Callable[..., tuple[int, str]]) -> Callable[..., str]:
    """The job, going well; what it said."""

    def job(**told: str) -> str:
        status, said = run(**told)
        assert status == 0, said
        return said

    return job


def test_a_new_cluster_gets_all_of_it(done: Done, stub: Stub) -> None:
    out = done(MINITWIT_OPERATOR_PASSWORD="look-but-do-not-touch")
    assert stub.users["kibana_system"] == "kibana-secret"
    assert stub.users["operator"] == "look-but-do-not-touch"
    wanted = {
        path.format(name)
        for kind, path in provision.KINDS.items()
        for name in provision.bodies(kind)
    }
    wanted |= {f"/_security/role/{name}" for name in provision.bodies("roles")}
    assert wanted <= stub.kept.keys()
    assert len(stub.objects) == len(provision.OBJECTS.read_text().splitlines())
    assert stub.keys == {}
    assert "secret" not in out
    assert "look-but" not in out


def test_a_laptops_cluster_may_be_open_to_everybody(done: Done, stub: Stub) -> None:
    stub.is_open = True
    done(MINITWIT_SECURED="false", MINITWIT_ELASTIC_PASSWORD="wrong")
    assert stub.objects
    assert not [path for path in stub.kept if "_security" in path]


def test_it_waits_for_a_cluster_that_starts(done: Done, stub: Stub) -> None:
    stub.busy = 2
    done()
    assert stub.objects


def test_a_second_run_changes_nothing_and_rolls_nothing_over(
    done: Done, stub: Stub, tmp_path: Path
) -> None:
    stub.streams = ["logs-minitwit.users-production", "logs-of-others"]
    done(MINITWIT_KEYS_FOLDER=str(tmp_path))
    first = (dict(stub.kept), dict(stub.keys), dict(stub.objects))
    done(MINITWIT_KEYS_FOLDER=str(tmp_path))
    assert (stub.kept, stub.keys, stub.objects) == first
    assert stub.rolled == []


def test_a_stream_in_use_gets_an_index_with_the_new_fields(done: Done, stub: Stub) -> None:
    stub.streams = ["logs-minitwit.users-production", "logs-of-others"]
    done()
    stub.kept[TEMPLATE]["_meta"]["content"] = "older"
    done()
    assert stub.rolled == ["logs-minitwit.users-production"]
    done()
    assert len(stub.rolled) == 1


def test_a_run_that_was_interrupted_before_it_rolled_over_does_so_the_next_time(
    run: Callable[..., tuple[int, str]], stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else new fields would be missing until the index is a week old."""
    stub.streams = ["logs-minitwit.users-production"]
    assert run()[0] == 0
    stub.kept[TEMPLATE]["_meta"]["content"] = "older"

    def lose(_: api.Api) -> None:
        raise trouble.Trouble("connection reset by peer")

    with monkeypatch.context() as patch:
        patch.setattr(provision, "roll_over", lose)
        assert run()[0] == 1
    assert run()[0] == 0
    assert stub.rolled == ["logs-minitwit.users-production"]


def test_keys_go_to_files_that_their_owner_alone_can_read(
    done: Done, stub: Stub, tmp_path: Path
) -> None:
    out = done(MINITWIT_KEYS_FOLDER=str(tmp_path / "keys"))
    for name, role in provision.KEYS.items():
        path = tmp_path / "keys" / name
        identity, _, secret = path.read_text().partition(":")
        assert stub.keys[identity]["api_key"] == secret
        assert list(stub.keys[identity]["role_descriptors"]) == [role]
        assert path.stat().st_mode & 0o777 == 0o600
        assert secret not in out


def test_a_void_key_is_replaced_and_others_of_its_name_revoked(
    done: Done, stub: Stub, tmp_path: Path
) -> None:
    done(MINITWIT_KEYS_FOLDER=str(tmp_path))
    (tmp_path / "filebeat").write_text("id9:void")
    done(MINITWIT_KEYS_FOLDER=str(tmp_path))
    assert sorted(each["name"] for each in stub.keys.values()) == [
        "minitwit-filebeat",
        "minitwit-watch",
    ]
    assert (tmp_path / "filebeat").read_text().partition(":")[0] in stub.keys


def test_a_printed_key_can_be_read_only_by_whoever_asked(done: Done, stub: Stub) -> None:
    seal = Seal()
    out = done(MINITWIT_SEAL=seal.public)
    printed = dict(line.split()[1:3] for line in out.splitlines() if line.startswith("key:"))
    assert printed.keys() == provision.KEYS.keys()
    for sealed in printed.values():
        identity, _, secret = seal.open(sealed).partition(":")
        assert stub.keys[identity]["api_key"] == secret
        assert secret not in out


def test_a_key_that_nobody_asks_for_stays_good(done: Done, stub: Stub) -> None:
    seal = Seal()
    done(MINITWIT_SEAL=seal.public)
    before = dict(stub.keys)
    out = done(MINITWIT_SEAL=seal.public, MINITWIT_KEYS="watch")
    kept = {identity: key for identity, key in before.items() if identity in stub.keys}
    assert [key["name"] for key in kept.values()] == ["minitwit-filebeat"]
    assert "key: filebeat" not in out
    assert "key: watch" in out


def test_keys_that_a_new_volume_does_not_know_are_named(done: Done) -> None:
    def lacking(**told: str) -> list[str]:
        out = done(**told)
        return [name for name in provision.KEYS if f"no key of {name} is good here" in out]

    assert lacking() == ["filebeat", "watch"]
    assert lacking(MINITWIT_SEAL=Seal().public, MINITWIT_KEYS="watch") == ["filebeat"]
    assert lacking(MINITWIT_KEYS="filebeat") == []


@pytest.mark.parametrize(
    ("told", "status", "complaint"),
    [
        ({"MINITWIT_ELASTIC_PASSWORD": "wrong"}, 1, "401 unable to authenticate"),
        ({"MINITWIT_KIBANA_PASSWORD": "short"}, 1, "at least [6] characters"),
        ({"MINITWIT_ELASTICSEARCH_URL": "nonsense"}, 2, "must be a URL"),
        ({"MINITWIT_ELASTICSEARCH_URL": "http://127.0.0.1:1", "MINITWIT_PATIENCE": "1"}, 1,
         "is not ready after 1 s"),
    ],
)  # fmt: skip
def test_what_does_not_work_is_told_in_words(
    run: Callable[..., tuple[int, str]], told: dict[str, str], status: int, complaint: str
) -> None:
    found, said = run(**told)
    assert found == status
    assert complaint in said
