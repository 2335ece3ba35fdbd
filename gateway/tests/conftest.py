"""A real nginx with the gateway's own configuration, in front of services that can misbehave."""

import json
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev import ports, privileges
from dev.gateway import process
from gateway.tests.stub import Stub
from tests.system import eventually

SERVICES = ("users", "messages", "followers", "web")


@dataclass
class Gateway:
    """Where the gateway listens, what stands behind it, and what it wrote."""

    port: int
    log: Path
    stubs: dict[str, Stub]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for exactly these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        return answer

    def lines(self) -> list[dict[str, Any]]:
        """The access log's lines."""
        return [line for line in self.documents() if line["event.dataset"] == "gateway.access"]

    def documents(self) -> list[dict[str, Any]]:
        """All that it wrote; json.loads raises for a line that is not valid JSON."""
        lines = self.log.read_bytes().splitlines(keepends=True)
        return [json.loads(line.decode("utf-8")) for line in lines if line.endswith(b"\n")]

    def line(self, request_id: str) -> dict[str, Any]:
        """The access log's line of one request, which nginx writes after it has answered."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.lines() if line["http.request.id"] == request_id]

        [line] = eventually(found)
        return line

    def documents_where(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        """What has these values, in either log; the error log takes a way round."""
        return eventually(
            lambda: [each for each in self.documents() if fields.items() <= each.items()]
        )

    def lines_after(self, count: int) -> list[dict[str, Any]]:
        """What the access log says after its first `count` lines, once it says more."""
        return eventually(lambda: self.lines()[count:])


def replace(file: Path, old: str, new: str) -> None:
    """Change a setting; AssertionError if it is not there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """In front of all four services."""
    with started(tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture
def lonely_gateway(tmp_path: Path) -> Iterator[Gateway]:
    """In front of nobody."""
    with started(tmp_path, ()) as made:
        yield made


@pytest.fixture(scope="session")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Answers with what the access log would print if nginx's own variables had other values."""
    folder = tmp_path_factory.mktemp("maps")
    with started(folder, (), prepare=_lay_out_maps) as made:
        yield made


def _lay_out_maps(folder: Path) -> None:
    logging = (folder / "logging.conf").read_text()
    for name in ("request_time", "upstream_response_time", "status", "server_protocol"):
        logging = re.sub(rf"\${name}\b", f"$http_x_{name}", logging)
    (folder / "logging.conf").write_text(logging)
    routes = (folder / "routes.conf").read_text()
    shown = "$logged_nanoseconds $logged_upstream_ms $logged_status $logged_http_version."
    (folder / "routes.conf").write_text(f'{routes}\nlocation = /maps {{ return 200 "{shown}"; }}\n')


@contextmanager
def started(
    folder: Path,
    services: Iterable[str] = SERVICES,
    prepare: Callable[[Path], None] = lambda _: None,
) -> Iterator[Gateway]:
    """A gateway in front of stubs of these services; `prepare` may change its configuration."""
    stubs = {name: Stub(name) for name in services}
    nobody = ports.free(20_000)
    upstreams = {name: stubs[name].port if name in stubs else nobody for name in SERVICES}
    nginx = process(folder, folder / "output.log", ports.free(20_000), upstreams)
    prepare(folder)
    nginx.log.touch()
    prefix = privileges.command_prefix(privileges.stand_in(), "--pdeathsig=TERM")
    nginx.command = [*prefix, *nginx.command]
    privileges.hand_over(folder, privileges.stand_in())
    nginx.start()
    while not nginx.ready():
        assert nginx.ended() is None, nginx.log.read_text()
    try:
        yield Gateway(nginx.port, nginx.log, stubs)
    finally:
        nginx.kill()
        for stub in stubs.values():
            stub.close()
