"""The scripts of the pipelines: what changed, was staged, is promoted, is released."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from infra.swarm import images
from infra.swarm.settings import PARTS
from infra.trouble import Trouble

ROOT = Path(__file__).parents[2]
MANIFEST = b'{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".github" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # a dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


changed, release_notes, promote = script("changed"), script("release_notes"), script("promote")


@pytest.mark.parametrize(
    ("path", "tests", "images", "others"),
    [
        ("services/web/web/routes.py", ["web"], ["web"], ["contracts", "e2e"]),
        ("gateway/routes.conf", ["gateway"], ["gateway"], ["e2e"]),
        ("docs/deploy.md", [], [], []),
        ("services/web/README.md", [], [], []),
        ("tests/contracts/test_web.py", [], [], ["contracts"]),
        ("tests/browser/test_looks.py", [], [], ["e2e"]),
        ("infra/swarm/deploy.py", [], [], ["stack"]),
        ("infra/backup/restore.py", ["dev"], [], ["stack"]),
        ("infra/logs/relay/ecs.awk", ["gateway", "dev"], ["gateway"], ["e2e", "stack"]),
        ("infra/filebeat/filebeat.yml", [], [], ["e2e", "stack"]),
        ("docker-stack.logs.yml", [], [], ["stack"]),
        ("docker-stack.yml", [], [], ["stack"]),
        ("dev/requirements.txt", ["dev"], [], ["e2e"]),
    ],
)
def test_a_change_is_tested_where_it_can_break_something(
    path: str, tests: list[str], images: list[str], others: list[str]
) -> None:
    found = {name: json.loads(value) for name, value in changed.outputs([path]).items()}
    assert found.pop("tests") == tests
    assert found.pop("images") == images
    assert found.pop("services") == [image for image in images if image != "gateway"]
    assert [name for name, wanted in found.items() if wanted] == others


@pytest.mark.parametrize(
    "path",
    ["chassis/chassis/serve.py", "dev/postgres.py", "Makefile", "conftest.py", "a-new-file",
     "services/new/app.py", "tests/requirements.txt", ".github/workflows/ci.yml", ".dockerignore"],
)  # fmt: skip
def test_what_everything_stands_on_is_tested_with_everything(path: str) -> None:
    assert changed.outputs([path]) == changed.outputs(None)
    assert "false" not in changed.outputs(None).values()


def test_every_service_is_known() -> None:
    services = sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())
    assert sorted(changed.SERVICES) == services
    assert sorted(changed.IMAGES) == sorted(PARTS)
    assert all((ROOT / part).is_dir() or part in services for part in changed.PARTS)


def test_a_commit_that_is_not_there_counts_as_a_change_of_everything() -> None:
    assert changed.changed_files("0" * 40) is None


def test_notes_are_the_section_of_their_version() -> None:
    text = """# Changelog

## Unreleased

### Added
- not yet

## [1.2.0] - 2026-12-01

### Fixed
- this

## 1.1.0 (2026-11-22)
- that
"""
    assert release_notes.sections(text) == {"1.2.0": "### Fixed\n- this", "1.1.0": "- that"}
    assert next(iter(release_notes.sections(text))) == "1.2.0"
    assert images.releases(text) == list(release_notes.sections(text))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """main and develop with the same first commit."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "first")
    git(tmp_path, "branch", "develop")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, content: str) -> str:
    (folder / "file").write_text(content)
    git(folder, "add", "file")
    git(folder, "commit", "--quiet", "--message", content)
    return git(folder, "rev-parse", "HEAD")


def staged(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / ".github" / "staged.py"), "develop"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("way", ["--no-ff", "--ff-only", "--squash"])
def test_what_is_released_is_found_however_it_was_merged(repository: Path, way: str) -> None:
    git(repository, "switch", "--quiet", "develop")
    wanted = commit(repository, "second")
    git(repository, "switch", "--quiet", "main")
    git(repository, "merge", "--quiet", way, "develop")
    if way == "--squash":
        git(repository, "commit", "--quiet", "--message", "squashed")
    assert staged(repository).stdout.strip() == wanted


def test_what_staging_never_ran_is_not_released(repository: Path) -> None:
    commit(repository, "straight to main")
    found = staged(repository)
    assert found.returncode == 1
    assert found.stdout == ""
    assert "Merge main into develop" in found.stderr


class Stub(BaseHTTPRequestHandler):
    """A registry that wants a token, as public ones do, and knows one tag."""

    stored: dict[str, bytes]

    def do_GET(self) -> None:
        if self.path.startswith("/token?"):
            known = self.headers["Authorization"] == "Basic dTpw"
            return self.answer(200 if known else 401, b'{"token": "t"}', "application/json")
        tag = self.path.rpartition("/")[2]
        if self.headers["Authorization"] != "Bearer t":
            return self.challenge()
        return self.answer(200 if tag in self.stored else 404, self.stored.get(tag, b""), "a/b")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != "Bearer t":
            return self.challenge()
        assert self.headers["Content-Type"] == "a/b"
        self.stored[self.path.rpartition("/")[2]] = body
        return self.answer(201, b"", "text/plain")

    def challenge(self) -> None:
        port = self.server.server_address[1]
        self.send_response(401)
        realm = f"http://127.0.0.1:{port}/token"
        self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="stub"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[str]:
    Stub.stored = {"old": MANIFEST}
    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_promoted_image_keeps_its_bytes(registry: str) -> None:
    there = promote.Registry(registry, "minitwit/web", "http", ("u", "p"))
    assert there.retag("old", "new") == DIGEST
    assert Stub.stored == {"old": MANIFEST, "new": MANIFEST}


def test_what_is_not_there_is_not_promoted(registry: str) -> None:
    there = promote.Registry(registry, "minitwit/web", "http", ("u", "p"))
    with pytest.raises(Trouble, match="minitwit/web:other: GET answers 404"):
        there.retag("other", "new")


def test_a_wrong_password_is_told(registry: str) -> None:
    there = promote.Registry(registry, "minitwit/web", "http", ("u", "wrong"))
    with pytest.raises(Trouble, match="gives no token"):
        there.retag("old", "new")


def test_a_password_goes_nowhere_else_than_over_tls(registry: str) -> None:
    there = promote.Registry(registry, "minitwit/web", "https", ("u", "p"))
    with pytest.raises(Trouble, match="not understood"):
        there.authorize('Bearer realm="http://example.org/token"')
