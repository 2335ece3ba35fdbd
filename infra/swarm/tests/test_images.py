"""By which version an image is called: the first release that has what it is made of."""

import re
import subprocess
from pathlib import Path

import pytest

from infra.swarm import images
from infra.swarm.docker import DockerFailed
from infra.swarm.settings import Settings
from infra.trouble import Trouble

SETTINGS = Settings("minitwit", "registry.example.org", 80, "")
PERSON = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


class Repository:
    """A repository with a changelog and a gateway; `commit` changes the parts it is given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.versions: list[str] = []
        self.git("init", "--quiet", "--initial-branch=develop")
        self.commit(gateway="a first one")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *PERSON, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self, gateway: str = "", release: str = "", elsewhere: str = "") -> None:
        if release:
            self.versions.insert(0, release)
        headings = [f"## {version} (2026-12-01)\n- words\n" for version in self.versions]
        self.write("CHANGELOG.md", "\n".join(["# Changelog\n\n## Unreleased\n", *headings]))
        for folder, content in (("gateway", gateway), ("docs", elsewhere)):
            if content:
                self.write(f"{folder}/file", content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A change")

    def write(self, path: str, content: str) -> None:
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_text(content, encoding="utf-8")

    @property
    def version(self) -> str:
        return images.version("gateway")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setattr(images, "ROOT", tmp_path)
    monkeypatch.delenv("VERSION", raising=False)
    return Repository(tmp_path)


def test_before_the_first_release_there_is_none(repository: Repository) -> None:
    assert repository.version == "0.0.0"


def test_a_change_belongs_to_the_next_release(repository: Repository) -> None:
    repository.commit(release="1.0.0")
    assert repository.version == "1.0.0"
    repository.commit(gateway="another")
    assert repository.version == "after-1.0.0"
    repository.commit(release="1.1.0")
    assert repository.version == "1.1.0"


def test_a_change_that_brings_its_release_along_is_of_it(repository: Repository) -> None:
    repository.commit(gateway="another", release="1.0.0")
    assert repository.version == "1.0.0"


def test_a_release_that_changes_something_else_leaves_the_image_alone(
    repository: Repository,
) -> None:
    repository.commit(release="1.0.0")
    before = images.tag(SETTINGS, "gateway")
    repository.commit(elsewhere="words", release="1.1.0")
    repository.commit(elsewhere="more words")
    assert images.tag(SETTINGS, "gateway") == before
    assert before.startswith("registry.example.org/gateway:1.0.0-")


def test_a_branch_merged_after_a_release_does_not_belong_to_it(
    repository: Repository,
) -> None:
    repository.git("switch", "--quiet", "--create", "branch")
    repository.commit(gateway="another")
    repository.git("switch", "--quiet", "develop")
    repository.commit(release="1.0.0")
    repository.git("merge", "--quiet", "--no-ff", "branch", "--message", "Merge")
    assert repository.version == "after-1.0.0"


def test_a_clone_without_its_history_cannot_name_an_image(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(release="1.0.0")
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(clone))
    monkeypatch.setattr(images, "ROOT", clone)
    with pytest.raises(Trouble, match="git fetch --unshallow"):
        images.version("gateway")
    monkeypatch.setenv("VERSION", "9.9.9")
    assert images.version("gateway") == "9.9.9"


@pytest.mark.parametrize("version", ["", "9.9.9"])
def test_a_folder_that_is_no_clone_names_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """All its images would have one name, whatever is in it: an old one would be deployed."""
    monkeypatch.setattr(images, "ROOT", tmp_path)
    monkeypatch.setenv("VERSION", version)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Trouble, match=r"by git, which fails: fatal: not a git repository"):
        images.tag(SETTINGS, "gateway")


def test_whoever_builds_may_name_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERSION", "9.9.9")
    assert repository.version == "9.9.9"


def built(patch: pytest.MonkeyPatch, there: tuple[str, ...] = ()) -> dict[str, str]:
    """What `docker build` is told of the gateway's image: the commit by each tag."""
    told: dict[str, str] = {}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        (commit,) = (it.partition("=")[2] for it in words if it.startswith("COMMIT="))
        told[words[words.index("--tag") + 1]] = commit
        return subprocess.CompletedProcess(words, 0, "", "")

    def inspect(_: str, name: str) -> list[dict[str, int]]:
        return [{"Size": 1}] if name in (*there, *told) else []

    patch.delenv("GATEWAY_IMAGE", raising=False)
    patch.setattr(images, "run", run)
    patch.setattr(images, "inspect", inspect)
    images.image(Settings("minitwit", "", 80, ""), "gateway")
    return told


def test_uncommitted_images_are_tagged_by_their_content(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = built(monkeypatch)
    contents = {
        "gateway/file": "another",
        "gateway/new": "a file",
        "gateway/tests/new": "a test",
        "gateway/README.md": "words",
    }
    for path, content in contents.items():
        (repository.root / path).parent.mkdir(exist_ok=True)
        repository.write(path, content)
        commits |= built(monkeypatch, tuple(commits))
    tags = [tag.removeprefix("minitwit/gateway:0.0.0-") for tag in commits]
    assert [images._short(commit) for commit in commits.values()] == tags
    clean, *changed = commits.values()
    assert len(changed) == 2, "neither tests nor words are in an image"
    assert len(clean) == 40
    assert all(re.fullmatch(rf"{clean}-changed-[0-9a-f]{{12}}", commit) for commit in changed)


def test_what_was_built_once_is_not_built_again(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("gateway/file", "another")
    told = built(monkeypatch)
    assert built(monkeypatch, tuple(told)) == {}
    (repository.root / "gateway/file").chmod(0o755)
    assert len(built(monkeypatch, tuple(told))) == 1


def test_what_has_changed_shows_where_one_image_replaces_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = ["MINITWIT_VERSION=0.0.0", f"MINITWIT_COMMIT={'6a2a' * 10}-changed-0123456789ab"]
    monkeypatch.setattr(images, "inspect", lambda *_: [{"Config": {"Env": variables}}])
    assert images.origin("it") == "0.0.0 (6a2a6a2a6a2a-changed-0123456789ab)"


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("postgres", "postgres"),
        ("postgres:18", "postgres"),
        ("registry.example.org:5000/web", "registry.example.org:5000/web"),
        ("registry.example.org:5000/web:1.2.0", "registry.example.org:5000/web"),
    ],
)
def test_an_image_is_pinned_with_or_without_a_tag(
    monkeypatch: pytest.MonkeyPatch, name: str, repository: str
) -> None:
    digests = ["elsewhere.example.org/web@sha256:1", f"{repository}@sha256:2"]
    monkeypatch.setattr(images, "inspect", lambda *_: [{"RepoDigests": digests}])
    assert images.pinned(name) == f"{repository}@sha256:2"


def test_an_image_that_can_not_be_pulled_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine does not say which where it finds no registry."""

    def refuse(*_: str) -> None:
        raise DockerFailed("docker pull: no such host")

    monkeypatch.setattr(images, "inspect", lambda *_: [])
    monkeypatch.setattr(images, "docker", refuse)
    for ask in (images.pinned, lambda name: images.variable(name, "PGDATA")):
        with pytest.raises(Trouble, match=r"postgres:19 can't be pulled: .*no such host"):
            ask("postgres:19")
