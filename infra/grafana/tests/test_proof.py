"""What the question to Grafana notices, asked of a stub."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml

from infra.grafana import proof
from infra.swarm import stack
from infra.swarm.docker import ROOT
from infra.trouble import Trouble

BOARDS = {told["uid"]: told for told in (json.loads(it.read_text()) for it in proof.DASHBOARDS)}


class Stub(ThreadingHTTPServer):
    """Knows all of it, until a test takes something away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.boards = dict(BOARDS)
        self.meta = {"provisioned": True}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        *_, kind, _, uid = self.path.split("/")
        told: Any = {"readOnly": uid == "minitwit-prometheus"}
        if kind == "dashboards":
            found = self.server.boards.get(uid)
            told = found and {"dashboard": found, "meta": self.server.meta}
        body = json.dumps(told or {"message": "Dashboard not found"}).encode()
        self.send_response(200 if told else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setattr(proof, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(proof, "PATIENCE_SECONDS", 0.1)
    with Stub() as made:
        yield made
        made.shutdown()


def test_it_is_content_with_what_the_folder_holds(stub: Stub) -> None:
    assert len(BOARDS) >= 5
    assert proof.eventually_complete(stub.url, "x") == []


@pytest.mark.parametrize("uid", BOARDS)
def test_it_notices_a_dashboard_that_is_missing(stub: Stub, uid: str) -> None:
    del stub.boards[uid]
    (found,) = proof.eventually_complete(stub.url, "x")
    assert "404" in found


def test_it_notices_a_dashboard_that_lost_a_panel_or_could_be_changed(stub: Stub) -> None:
    uid, told = next(iter(BOARDS.items()))
    stub.boards[uid] = {**told, "panels": told["panels"][1:]}
    assert "other panels" in str(proof.eventually_complete(stub.url, "x"))
    stub.meta["provisioned"] = False
    assert "could change it" in str(proof.eventually_complete(stub.url, "x"))


def test_it_mounts_what_the_stack_mounts() -> None:
    text = (ROOT / "docker-stack.metrics.yml").read_text(encoding="utf-8")
    targets = {it["target"] for it in yaml.safe_load(text)["services"]["grafana"]["configs"]}
    boards = {f"{proof.MOUNTS['dashboards']}/{path.name}" for path in proof.DASHBOARDS}
    assert targets == {*list(proof.MOUNTS.values())[1:], *boards}


def test_the_stack_file_has_a_grafana_to_start() -> None:
    try:
        service = stack.filled(ROOT / "docker-stack.metrics.yml", {})["services"]["grafana"]
    except Trouble:
        pytest.skip("no docker command reads the stack file here")
    assert service["user"]
    assert service["image"]
