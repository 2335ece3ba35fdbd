"""Connections to a provider are kept for the next call, unless that would be a risk."""

import gc
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from weakref import ref

import pytest

from chassis import connections
from chassis.connections import Connection, dial
from chassis.http_client import Answer, Provider, Unavailable
from tests.system import PATIENCE


class Handler(BaseHTTPRequestHandler):
    """Says which connection it was asked on. /last ends it unannounced; /echo returns the body."""

    protocol_version = "HTTP/1.1"
    ended = threading.Event()

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = sent if self.path == "/echo" else str(self.client_address[1]).encode()
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
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield far(server.server_address[1])
        server.shutdown()
        thread.join()


def far(port: int) -> Provider:
    """A provider that is waited for however long it takes."""
    return Provider("far", f"http://127.0.0.1:{port}/", PATIENCE, PATIENCE)


OneByte = Callable[[bytes], Provider]


@pytest.fixture
def one_byte() -> Iterator[OneByte]:
    """A provider that answers each connection's request by the same bytes, one at a time."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if not connection.recv(65_536):
                    return
                with suppress(OSError):
                    for byte in answers[-1]:
                        connection.sendall(bytes([byte]))

    def provider(answer: bytes) -> Provider:
        answers.append(answer)
        return far(listener.getsockname()[1])

    thread = threading.Thread(target=serve)
    thread.start()
    yield provider
    socket.create_connection(listener.getsockname()).close()
    thread.join()
    listener.close()


def ask(provider: Provider, path: str = "/") -> int:
    """Over which connection a POST went, which is never sent twice."""
    return int(provider.call("POST", path).body)


Places = Callable[..., None]


@pytest.fixture
def name_places(monkeypatch: pytest.MonkeyPatch) -> Places:
    """Lets the name `far` stand for places, always in the same order, as the resolver does."""
    find = socket.getaddrinfo

    def name(*places: tuple[str, int]) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **kind: found if host == "far" else find(host, *rest, **kind),
        )

    return name


def test_a_dead_replica_does_not_keep_callers_from_the_live_one(name_places: Places) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        name_places(("127.0.0.2", 1), there.getsockname())
        for _ in range(20):
            with dial(("far", 80), PATIENCE) as connection:
                assert connection.getpeername() == there.getsockname()


def test_if_no_address_accepts_the_last_refusal_is_raised(name_places: Places) -> None:
    name_places(("127.0.0.1", 1), ("127.0.0.2", 1))
    with pytest.raises(ConnectionRefusedError):
        dial(("far", 80), PATIENCE)


def test_unresponsive_addresses_share_the_connect_timeout(
    name_places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def wait(_place: tuple[str, int], seconds: float) -> None:
        waited.append(seconds)
        raise TimeoutError

    name_places(*((f"127.0.0.{n}", 1) for n in range(1, 4)))
    monkeypatch.setattr(socket, "create_connection", wait)
    with pytest.raises(TimeoutError):
        dial(("far", 80), 0.5)
    assert (len(waited), sum(waited)) == (3, pytest.approx(0.5))


def test_no_replica_is_preferred(name_places: Places) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server((f"127.0.0.{n}", 0))) for n in (1, 2)]
        places = [server.getsockname() for server in servers]
        name_places(*places)
        met = [stack.enter_context(dial(("far", 80), PATIENCE)).getpeername() for _ in range(60)]
    assert set(met) == set(places)


def test_an_old_connection_is_not_reused(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LIFE_SECONDS", 0.0)
    assert ask(provider) != ask(provider)


def test_a_connection_idle_for_too_long_is_not_reused(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(provider)
    monkeypatch.setattr(connections, "LIFE_SECONDS", 0.0)
    assert ask(provider) != before


def test_keepalive_is_set_so_that_a_lost_node_is_noticed(
    provider: Provider, made: list["ref[Connection]"]
) -> None:
    ask(provider)
    [connection] = [each() for each in made]
    assert connection is not None
    for level, option, value in connections.KEEPALIVE:
        assert connection.socket.getsockopt(level, option) == value


def test_two_concurrent_calls_use_two_connections(provider: Provider) -> None:
    first, second = provider.begin("POST", "/"), provider.begin("POST", "/")
    one, other = second().body, first().body
    assert one != other
    assert {ask(provider), ask(provider)} <= {one, other}


def test_calls_share_a_connection(provider: Provider) -> None:
    assert ask(provider) == ask(provider)


def test_one_that_will_be_closed_is_not_used_again(provider: Provider) -> None:
    assert ask(provider, "/announced") != ask(provider)


def test_one_that_was_closed_meanwhile_is_not_used_again(provider: Provider) -> None:
    first = ask(provider, "/last")
    assert Handler.ended.wait(PATIENCE)
    assert ask(provider) != first


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list["ref[Connection]"]]:
    """Every connection that is made; what nobody refers to any more is gone at once."""
    seen: list[ref[Connection]] = []

    def make(address: tuple[str, int], connect_seconds: float, read_seconds: float) -> Connection:
        connection = Connection(address, connect_seconds, read_seconds)
        seen.append(ref(connection))
        return connection

    monkeypatch.setattr(connections, "Connection", make)
    gc.disable()
    yield seen
    gc.enable()


def test_a_connection_whose_answer_is_never_read_is_closed(
    provider: Provider, made: list["ref[Connection]"]
) -> None:
    provider.begin("POST", "/")
    assert [connection() for connection in made] == [None]


def test_no_more_are_kept_than_was_set(
    provider: Provider, made: list["ref[Connection]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "KEPT", 2)
    pending = [provider.begin("POST", "/") for _ in range(3)]
    assert len({answer().body for answer in pending}) == 3
    pending.clear()
    assert sum(connection() is not None for connection in made) == 2


def test_a_connection_timeout_is_not_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[float] = []

    def late(_: tuple[str, int], seconds: float) -> None:
        tried.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", late)
    with pytest.raises(Unavailable, match="TimeoutError"):
        Provider("far", "http://127.0.0.1:1", connect_seconds=0.25).call("GET", "/")
    assert tried == [0.25]


def test_a_failed_name_lookup_is_not_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def nowhere(host: str, *_: object, **__: object) -> None:
        looked_up.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(Unavailable, match="gaierror"):
        Provider("far", "http://nowhere").call("GET", "/")
    assert looked_up == ["nowhere"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    ],
)
def test_an_answer_is_put_together_however_it_comes(one_byte: OneByte, answer: bytes) -> None:
    assert one_byte(answer).call("GET", "/") == Answer(200, {})


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(one_byte: OneByte, status: int) -> None:
    assert one_byte(b"HTTP/1.1 %d X\r\n\r\n" % status).call("GET", "/") == Answer(status, None)


@pytest.mark.parametrize("answer", [b"hello", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_unavailable(one_byte: OneByte, answer: bytes) -> None:
    with pytest.raises(Unavailable, match="HttpParser"):
        one_byte(answer).call("POST", "/")


def test_an_answer_that_ends_early_is_unavailable(one_byte: OneByte) -> None:
    with pytest.raises(Unavailable, match="Disconnected"):
        one_byte(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}").call("POST", "/")


def test_the_read_timeout_covers_an_answer_that_trickles_in(
    one_byte: OneByte, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_READ_BYTES", 1)
    moments = itertools.count(step=PATIENCE / 10)
    monkeypatch.setattr(connections, "monotonic", lambda: next(moments))
    with pytest.raises(Unavailable, match="TimeoutError"):
        ask(one_byte(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n42"))


def test_control_characters_cannot_inject_headers() -> None:
    for path, token in [("/a\r\nX: b", None), ("/", "a\nX: b")]:
        with pytest.raises(ValueError, match="control character"):
            Provider("far", "http://127.0.0.1:1").call("GET", path, token=token)


def test_a_body_arrives_as_it_was_sent(provider: Provider) -> None:
    sent = {"text": "ø " * 5_000}
    assert provider.call("POST", "/echo", json=sent).body == sent
