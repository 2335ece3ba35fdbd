"""What becomes of the lines that nginx and Postgres write, in every awk that is here."""

import json
import os
import random
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.system import PATIENCE

FOLDER = Path(__file__).parents[1] / "relay"
# Alpine's, Debian's, the GNU project's, macOS'.
AWKS = {"busybox": "busybox awk", "mawk": "mawk", "gawk": "gawk", "original-awk": "original-awk"}
KNOWN = {name: command for name, command in AWKS.items() if shutil.which(name)}
NGINX = "2026/11/22 15:04:05 [{level}] 7#8: {text}\n"
POSTGRES = "2026-11-22 15:04:05.123 UTC [7] {state} {role}{kind}:  {text}\n"
TAIL = 'client: 127.0.0.1, server: localhost, request: "{request}", upstream: "{upstream}"'
Document = dict[str, Any]


@pytest.fixture(params=KNOWN or ["awk"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH on which `awk` is the named one."""
    program = tmp_path / "awk"
    command = KNOWN.get(request.param, "/usr/bin/awk")
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def relayed(kind: str, text: str | bytes, path: str, **told: str) -> list[Document]:
    """The documents made of `text`, but for the one that tells of the gateway's start."""
    done = subprocess.run(
        ["sh", str(FOLDER / "relay.sh"), kind],
        input=text if isinstance(text, bytes) else text.encode(),
        env={"PATH": path, **told},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    lines = [json.loads(line.decode("utf-8")) for line in done.stdout.split(b"\n") if line]
    return lines[1:] if kind == "nginx" else lines


def test_each_line_is_written_in_one_piece(path: str) -> None:
    """A datagram is what was written at once."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        subprocess.run(
            ["sh", str(FOLDER / "relay.sh"), "postgres"],
            input=b"one\ntwo\n",
            env={"PATH": path},
            stdout=theirs,
            check=True,
        )
        written = [ours.recv(65_536) for _ in range(2)]
    assert [json.loads(line)["message"] for line in written] == ["one", "two"]
    assert [line.count(b"\n") for line in written] == [1, 1]


def nginx(text: str, level: str = "error") -> str:
    return NGINX.format(level=level, text=text)


def postgres(kind: str, text: str, role: str = "", state: str = "00000") -> str:
    return POSTGRES.format(kind=kind, text=text, role=role and f"{role} ", state=state)


def test_an_error_while_a_request_is_served_keeps_no_query_and_no_referrer(path: str) -> None:
    tail = TAIL.format(request="GET /a?q=secret HTTP/1.1", upstream="http://10.0.0.3:5000/a?secret")
    line = nginx(f'*12 connect() failed, {tail}, host: "secret", referrer: "http://secret"')
    [found] = relayed("nginx", line, path, MINITWIT_ENVIRONMENT="staging")
    assert found == {
        "@timestamp": "2026-11-22T15:04:05Z",
        "log.level": "error",
        "message": "connect() failed",
        "ecs.version": "9.2.0",
        "service.name": "gateway",
        "service.environment": "staging",
        "event.dataset": "gateway.error",
        "process.pid": 7,
        "minitwit.connection": 12,
        "client.ip": "127.0.0.1",
        "http.request.method": "GET",
        "url.path": "/a",
        "minitwit.upstream_address": "10.0.0.3:5000",
    }


@pytest.mark.parametrize("host", ["", ', host: "x"'])
def test_a_referrer_that_looks_like_the_rest_of_a_line_is_not_kept(path: str, host: str) -> None:
    told = 'client: 127.0.0.1, server: localhost, request: "POST /a HTTP/1.1"'
    line = f'{told}{host}, referrer: "http://x/", upstream: "http://secret/"'
    [found] = relayed("nginx", nginx(f"*12 client sent invalid chunked body, {line}"), path)
    assert found["url.path"] == "/a"
    assert "minitwit.upstream_address" not in found


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("client sent invalid chunked body", "info"),
        ("client intended to send too large chunked body: 1048577 bytes", "info"),
        ("upstream sent invalid chunked response", "error"),
    ],
)
def test_what_a_client_alone_did_wrong_is_no_error(path: str, text: str, level: str) -> None:
    tail = TAIL.format(request="POST /a HTTP/1.1", upstream="http://10.0.0.3:5000/a")
    [found] = relayed("nginx", nginx(f"*12 {text}, {tail}"), path)
    assert (found["log.level"], found["message"]) == (level, text)


@pytest.mark.parametrize(
    "text",
    [
        "*1 a, client: unix:, server: x",
        "*1 a, client: ",
        '*1 a, client: ::1, server: , request: "nonsense"',
        '*1 a, client: ::1, server: , request: "',
        '*1 a, client: 1.2.3.4, server: , request: "GET /cut off here',
        "signal process started",
        "",
    ],
)
def test_what_is_missing_is_left_out(path: str, text: str) -> None:
    [found] = relayed("nginx", nginx(text, "emerg"), path)
    assert found["log.level"] == "critical"
    assert found["message"] in ("a", text)
    assert "" not in found.values() or not text


def test_what_nginx_says_before_it_has_a_log_is_a_document_too(path: str) -> None:
    [found] = relayed("nginx", "nginx: [emerg] bind() failed (98: in use)\n", path)
    assert (found["log.level"], found["message"]) == ("critical", "bind() failed (98: in use)")
    assert found["@timestamp"].endswith("Z")


def test_the_first_line_tells_what_was_started(path: str) -> None:
    told = {"MINITWIT_VERSION": "1.2.3", "MINITWIT_COMMIT": "abc"}
    done = subprocess.run(
        ["sh", str(FOLDER / "relay.sh"), "nginx"],
        input=b"",
        env={"PATH": path, **told},
        capture_output=True,
        check=True,
    )
    [gateway] = [json.loads(done.stdout)]
    [database] = relayed("postgres", postgres("LOG", "starting PostgreSQL 18.4 on x"), path, **told)
    for found, version in ((gateway, "1.2.3"), (database, "18.4")):
        assert found["event.action"] == "started"
        assert found["service.version"] == version
        assert found["minitwit.commit"] == "abc"


def test_a_message_of_the_servers_own_is_one_document_with_its_hint(path: str) -> None:
    lines = postgres("FATAL", "no", state="XX000") + "\tmore\n" + postgres("HINT", "try")
    [first, second] = relayed("postgres", lines + postgres("LOG", "bye"), path)
    assert first["message"] == "no\nmore\nHINT: try"
    assert first["@timestamp"] == "2026-11-22T15:04:05.123Z"
    assert (first["log.level"], first["error.code"], first["process.pid"]) == ("error", "XX000", 7)
    assert (second["log.level"], second["message"]) == ("info", "bye")
    assert "error.code" not in second


def test_of_a_sessions_message_the_first_line_is_kept(path: str) -> None:
    """The others quote rows and statements."""
    lines = [
        postgres("ERROR", "duplicate key", "users_service", "23505"),
        postgres("DETAIL", "Key (email)=(secret) already exists.", "users_service", "23505"),
        postgres("STATEMENT", "INSERT INTO", "users_service", "23505"),
        "\tsecret\n",
        "secret, the rest of a line that was too long\n",
        postgres("LOG", "bye"),
    ]
    found = relayed("postgres", "".join(lines), path)
    assert [each["message"] for each in found] == ["duplicate key", "bye"]
    assert found[0]["minitwit.postgres.role"] == "users_service"
    assert found[0]["error.code"] == "23505"
    assert "secret" not in str(found)


def test_who_comes_while_it_starts_is_no_error(path: str) -> None:
    lines = postgres("FATAL", "the database system is starting up", "web", "57P03")
    assert relayed("postgres", lines, path)[0]["log.level"] == "warning"


def test_what_the_images_scripts_say_is_a_document_too(path: str) -> None:
    found = relayed("postgres", "fixing permissions ... ok\n" + postgres("LOG", "a"), path)
    assert [each["message"] for each in found] == ["fixing permissions ... ok", "a"]


@pytest.mark.parametrize("kind", ["nginx", "postgres"])
def test_whatever_bytes_come_each_line_is_json(path: str, kind: str) -> None:
    chance = random.Random(7)
    odd = [bytes([byte]) for byte in range(1, 256) if byte != 10]
    odd += [
        "é".encode(),
        "😀".encode(),
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\x80",
        b"\xe2\x82",
    ]
    texts = [b"".join(chance.choices(odd, k=30)) for _ in range(60)] + [b"".join(odd)]
    head = (nginx if kind == "nginx" else (lambda text: postgres("LOG", text)))("")[:-1].encode()
    found = relayed(kind, b"".join(head + text + b"\n" for text in texts), path)
    assert len(found) == len(texts)
    for text, each in zip(texts, found, strict=True):
        if kind == "postgres":
            assert (
                each["message"] == text.decode("utf-8", errors="replace")
                or "\ufffd" in each["message"]
            )


def test_a_message_is_told_though_no_other_follows(path: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with reading(pipe, path) as relay, pipe.open("w") as lines:
        lines.write(postgres("LOG", "ready") + "\tfor all\n")
        lines.flush()
        assert relay.stdout
        assert json.loads(relay.stdout.readline())["message"] == "ready\nfor all"


class reading:  # noqa: N801 - reads as a verb
    """A relay on a named pipe, as its program has it."""

    def __init__(self, pipe: Path, path: str) -> None:
        self.pipe, self.path = pipe, path

    def __enter__(self) -> "subprocess.Popen[bytes]":
        command = ["sh", "-c", f'exec sh "{FOLDER}/relay.sh" postgres <"$FIFO"']
        told = {"PATH": self.path, "FIFO": str(self.pipe)}
        self.child = subprocess.Popen(command, env=told, stdout=subprocess.PIPE)
        return self.child

    def __exit__(self, *_: object) -> None:
        assert self.child.wait(PATIENCE) == 0
