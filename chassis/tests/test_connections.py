"""Connections to a provider are kept for the next call, unless that would be a risk."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chassis.http_client import Provider


class Handler(BaseHTTPRequestHandler):
    """Tells which connection it was asked on; /last ends it without saying so in advance."""

    protocol_version = "HTTP/1.1"
    ended = threading.Event()

    def do_POST(self) -> None:
        body = str(self.client_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/announced":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/last":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            self.ended.set()

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    Handler.ended.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Provider("far", f"http://127.0.0.1:{server.server_address[1]}/")
        server.shutdown()
        thread.join()


def ask(provider: Provider, path: str = "/") -> int:
    """Over which connection a POST went, which is never sent twice."""
    return int(provider.call("POST", path).body)


def test_calls_share_a_connection(provider: Provider) -> None:
    assert ask(provider) == ask(provider)


def test_one_that_will_be_closed_is_not_used_again(provider: Provider) -> None:
    assert ask(provider, "/announced") != ask(provider)


def test_one_that_was_closed_meanwhile_is_not_used_again(provider: Provider) -> None:
    first = ask(provider, "/last")
    assert Handler.ended.wait(10)
    assert ask(provider) != first
