"""The certificate, and the watch over the logs."""

import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from infra.logs import api, certificates, provision
from infra.logs.api import Api
from infra.logs.settings import Settings
from infra.logs.watch import Watch
from infra.trouble import Trouble

SECRET = "id:key"


TOLD = {
    "/logs-minitwit.*/_search": """{"aggregations": {"services": {"buckets": [
        {"key": "users", "nodes": {"buckets": [
            {"key": "node1", "newest": {"value_as_string": "2026-11-22T15:04:05.123456Z"}}]}},
        {"key": "web", "nodes": {"buckets": [
            {"key": "node1", "newest": {"value_as_string": "1970-01-01T00:03:20Z"}},
            {"key": "node2", "newest": {"value_as_string": "1970-01-01T00:01:40Z"}}]}}]}}}""",
    "/logs-minitwit.*::failures/_search": '{"hits": {"total": {"value": 3}}}',
    "/_nodes/stats/fs": """{"nodes": {"a": {"fs": {"total":
        {"total_in_bytes": 1000, "available_in_bytes": 400}}}}}""",
}


class Answers(BaseHTTPRequestHandler):
    """What Elasticsearch says to the watch."""

    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        known = self.headers["Authorization"] == "ApiKey aWQ6a2V5"
        body = TOLD.get(self.path, "{}").encode() if known else b"{}"
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_any  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


def url(server: ThreadingHTTPServer, scheme: str = "http", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{host}:{server.server_address[1]}"


def scraped(api: Api) -> str:
    registry = CollectorRegistry()
    registry.register(Watch(api))
    return generate_latest(registry).decode()


def test_the_watch_tells_what_arrived_what_was_refused_and_how_full_the_disk_is(
    server: ThreadingHTTPServer,
) -> None:
    told = scraped(Api(url(server), auth=SECRET)).splitlines()
    for node, moment in (("node1", 200.0), ("node2", 100.0)):
        labels = f'{{node="{node}",service="web"}}'
        assert f"minitwit_logs_newest_timestamp_seconds{labels} {moment}" in told
    assert "minitwit_logs_refused_documents 3.0" in told
    assert 'minitwit_logs_disk_bytes{state="used"} 600.0' in told
    assert "minitwit_logs_up 1.0" in told


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", ""])
def test_without_elasticsearch_the_watch_says_so_and_nothing_else(
    server: ThreadingHTTPServer, address: str
) -> None:
    told = scraped(Api(address or url(server), auth="id:wrong"))
    assert [line for line in told.splitlines() if line[0] != "#"] == ["minitwit_logs_up 0.0"]


def test_the_certificate_is_believed_under_its_names_and_by_those_who_know_its_authority(
    server: ThreadingHTTPServer, tmp_path: Path
) -> None:
    pair = certificates.make("localhost", "elasticsearch")
    other = certificates.make("localhost")
    for name, text in (("all", pair.certificate + pair.key), ("ca", pair.authority)):
        (tmp_path / name).write_text(text)
    (tmp_path / "other").write_text(other.authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "all")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    good = Api(url(server, "https", "localhost"), str(tmp_path / "ca"), SECRET)
    assert good.ask("GET", "/") == {}
    strict = ssl.create_default_context(cafile=str(tmp_path / "ca"))
    strict.verify_flags |= ssl.VERIFY_X509_STRICT  # as it is by itself since Python 3.13
    address = ("localhost", server.server_address[1])
    with socket.create_connection(address) as plain:
        strict.wrap_socket(plain, server_hostname="elasticsearch").close()
    for host, ca in (("127.0.0.1", "ca"), ("localhost", "other")):
        bad = Api(url(server, "https", host), str(tmp_path / ca), SECRET)
        with pytest.raises(Trouble, match="certificate verify failed"):
            bad.await_ready("/", 20)


def test_who_hangs_is_asked_again_until_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "SECONDS", 0.05)
    monkeypatch.setattr(api, "POLL_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = Api(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Trouble, match=r"is not ready after 0 s: .*timed out"):
            hanging.await_ready("/", 0)


def test_a_key_that_there_is_not_is_named_in_a_line() -> None:
    assert provision.names(Settings()) == ["filebeat", "watch"]
    assert provision.names(Settings(keys="watch")) == ["watch"]
    with pytest.raises(Trouble, match="there is no key metricbeat, only filebeat, watch"):
        provision.names(Settings(keys="watch,metricbeat"))
