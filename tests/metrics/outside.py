"""What is outside of the system and its watch: who is told of alerts, the public address, users."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from threading import Event, Thread

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.backup import metrics
from infra.backup.store import Store, stamp
from tests.people import Simulator

DAYS = 60
SECONDS = 5


@dataclass
class Receivers:
    """Whoever Alertmanager tells: what each heard, in order, by receiver."""

    url: str = ""
    heard: dict[str, list[str]] = field(default_factory=dict)

    def of(self, name: str) -> list[str]:
        return self.heard.setdefault(name, [])

    def addresses(self) -> dict[str, str]:
        return {name: f"{self.url}/{name}" for name in ("page", "ticket", "watchdog")}


@contextmanager
def receivers() -> Iterator[Receivers]:
    """Something that takes what Slack and a dead man's switch take."""
    made = Receivers()

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.of(self.path.strip("/")).append(json.dumps(json.loads(body)))
            self.answer(200, b"ok")

    with serving(Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made


class Quiet(BaseHTTPRequestHandler):
    def answer(self, status: int, body: bytes) -> None:
        """Whoever has gone meanwhile is not waited for."""
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def backups(folder: Path) -> str:
    """A backup service's metrics, of a folder with one dump that is proved: HOST:PORT."""
    store, now = Store(folder), datetime.now(UTC)
    store.dumps.mkdir(parents=True)
    for end in ("dump", "json"):
        (store.dumps / f"minitwit-{stamp(now)}.{end}").write_text("{}")
    told = now.isoformat()
    store.note(dumped_at=told, verified_at=told, received_at=told)
    return f"127.0.0.1:{metrics.serve(store, '127.0.0.1:0')}"


@contextmanager
def balancer(gateway: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """What ends TLS in front of the gateway: its address, and the certificate to trust."""
    file = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    class Handler(Quiet):
        def do_HEAD(self) -> None:
            try:
                answer = requests.head(gateway + self.path, timeout=SECONDS)
                self.answer(answer.status_code, answer.content)
            except requests.RequestException:
                self.answer(502, b"")

    with serving(Handler, context) as server:
        yield f"https://127.0.0.1:{server.server_port}", file


def certificate(folder: Path) -> Path:
    """One for 127.0.0.1 with its key, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.NameAttribute
    whose = x509.Name([name(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "balancer.pem"
    kind = serialization.Encoding.PEM
    pem = key.private_bytes(
        kind, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(kind)
    file.write_bytes(pem)
    return file


@contextmanager
def users(url: str, new_name: Callable[[], str]) -> Iterator[None]:
    """People and a simulator who come all the time, whatever they get."""
    over, simulator, numbers = Event(), Simulator(url), count(1)
    name = new_name()
    simulator.register(name)

    def come() -> None:
        while not over.wait(0.5):
            number = next(numbers)
            with suppress(requests.RequestException):
                requests.get(f"{url}/public", timeout=SECONDS)
                simulator.tweet(name, f"number {number}", latest=number)
                simulator.change(name, follow=name)

    thread = Thread(target=come, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
