"""The proof's own logic: what it writes, what it counts, and that it notices what is wrong."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.config import HttpUrl, Secret
from infra.logs import api
from infra.logs.proof import __main__ as proof
from infra.logs.proof import checks, scene
from infra.logs.settings import Settings
from infra.logs.tests.stub import Stub
from infra.trouble import Trouble
from tests.logs.filebeat import Filebeat
from tests.logs.kql import Query
from tests.logs.template import flat, problems

COUNT = 40


def written(*arguments: str) -> list[str]:
    command = [sys.executable, str(scene.WRITER), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def shipped(line: str, container: str = "") -> dict[str, Any]:
    """What Filebeat would make of a line; without a container's name if Docker tells it nothing."""
    kept = json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-11-22T15:04:05Z"})
    known = {"container": {"name": container}} if container else {}
    return Filebeat().ship("containers", kept, "/x", **known)[2]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return written("samples") + written(str(COUNT), "10000", checks.NUMBERED)


def test_numbered_lines_are_documents_numbered_without_a_gap(lines: list[str]) -> None:
    told = [json.loads(line) for line in lines if "proof.lines" in line]
    assert [each["process.pid"] for each in told] == list(range(1, COUNT + 1))
    assert [problem for each in told for problem in problems(each)] == []


def test_exactly_one_sample_fits_no_mapping(lines: list[str]) -> None:
    wrong = Counter(problem for line in lines for problem in problems(shipped(line)))
    assert wrong == {"http.response.status_code is no long: 'many'": 1}


@pytest.mark.parametrize("title", checks.saved_searches())
def test_there_is_a_sample_for_every_saved_search(lines: list[str], title: str) -> None:
    wanted = Query(checks.saved_searches()[title])
    assert any(wanted.matches(shipped(line)) for line in lines if "many" not in line)


def test_the_sums_are_those_of_the_numbers() -> None:
    numbers = range(1, COUNT + 1)
    squares = sum(number**2 for number in numbers)
    assert checks.expected(COUNT) == (COUNT, sum(numbers), squares)


class Scene:
    """In place of containers: what is written is at once in the stub."""

    container = "numbered"

    def __init__(self, stub: Stub, folder: Path, lines: list[str]) -> None:
        self.stub, self.folder, self.lines = stub, folder, lines

    def settings(self) -> Settings:
        return Settings(
            elasticsearch_url=HttpUrl(self.stub.url),
            kibana_url=HttpUrl(self.stub.url),
            elastic_password=Secret("secret"),
            kibana_password=Secret("secret"),
            keys_folder=str(self.folder / "keys"),
        )

    def keep(self) -> None:
        pass

    def ship(self) -> None:
        assert (self.folder / "keys" / "filebeat").exists()

    def of(self, part: str) -> str:
        return part

    def write(self, part: str, *_: str, label: str = "") -> None:
        assert label == (proof.UNSHIPPED if part == "unshipped" else "")
        for line in self.lines if part == "numbered" else ():
            document = dict(flat(shipped(line, self.container)))
            refused = bool(problems(document))
            (self.stub.refused if refused else self.stub.documents).append(document)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setattr(api, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(checks, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(checks, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(proof, "AWAY_SECONDS", 0.0)
    with Stub() as made:
        monkeypatch.setattr(proof, "docker", lambda *words: made.done.append(" ".join(words)))
        yield made
        made.shutdown()


def prove(stub: Stub, folder: Path, lines: list[str]) -> None:
    proof.prove(Scene(stub, folder, lines), COUNT)  # type: ignore[arg-type]


def test_it_is_content_with_all_lines_and_all_objects(
    stub: Stub, tmp_path: Path, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    prove(stub, tmp_path, lines)
    assert stub.done == [
        "kill filebeat", "start filebeat", "kill elasticsearch", "start elasticsearch",
    ]  # fmt: skip
    assert f"{COUNT} lines arrived, each once" in capsys.readouterr().out


def test_it_notices_a_line_that_is_lost(stub: Stub, tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(Trouble, match=f"{COUNT} lines: not within"):
        prove(stub, tmp_path, lines[:-1])


def test_it_notices_a_line_that_came_twice(stub: Stub, tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(Trouble, match="some came twice"):
        prove(stub, tmp_path, [*lines, lines[-1]])


def test_it_notices_one_twice_in_place_of_another(
    stub: Stub, tmp_path: Path, lines: list[str]
) -> None:
    with pytest.raises(Trouble, match=f"{COUNT} lines: not within"):
        prove(stub, tmp_path, [*lines[:-1], lines[-2]])


def test_it_notices_that_docker_tells_nothing(
    stub: Stub, tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scene, "container", "")
    with pytest.raises(Trouble, match=f"0 lines of {COUNT} have the name"):
        prove(stub, tmp_path, lines)


def test_it_notices_lines_that_should_not_be_shipped(
    stub: Stub, tmp_path: Path, lines: list[str]
) -> None:
    stub.documents.append({"event.dataset": checks.UNSHIPPED})
    with pytest.raises(Trouble, match="1 lines arrived of a container that is labelled"):
        prove(stub, tmp_path, lines)


def test_it_notices_a_search_that_finds_nothing(
    stub: Stub, tmp_path: Path, lines: list[str]
) -> None:
    with pytest.raises(Trouble, match="failed logins: not within"):
        prove(stub, tmp_path, [line for line in lines if "login-failed" not in line])


def test_it_notices_that_nothing_was_refused(stub: Stub, tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(Trouble, match="failure store: not within"):
        prove(stub, tmp_path, [line for line in lines if "many" not in line])


def test_it_notices_an_object_that_is_not_there(
    stub: Stub, tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = checks.saved_objects()
    monkeypatch.setattr(
        checks, "saved_objects", lambda: [*everything, {**everything[-1], "id": "another"}]
    )
    with pytest.raises(Trouble, match=r"Kibana lacks .*another"):
        prove(stub, tmp_path, lines)
