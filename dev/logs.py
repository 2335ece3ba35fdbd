"""`make logs ID=…`: one request's way through the gateway and the services, in order."""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dev.journal import show
from dev.system import exit_status, folder
from dev.trouble import Trouble

REQUEST_ID = "http.request.id"
FILES = ("*.log", "*.log.[0-9]")


@dataclass(frozen=True)
class Piece:
    """One log line. A request's summary is written at its end, so `started` is computed."""

    started: datetime
    fields: dict[str, Any]

    @property
    def service(self) -> str:
        return str(self.fields.get("service.name", "?"))

    @property
    def milliseconds(self) -> float | None:
        duration = self.fields.get("event.duration")
        return None if duration is None else duration / 1e6


def main() -> int:
    return exit_status(trace)


def trace() -> None:
    wanted = os.environ.get("ID", "").strip().lower()
    if not re.fullmatch("[0-9a-f]{8,32}", wanted):
        raise Trouble("ID is a request id: 32 hexadecimal digits, or at least the first 8.")
    show("\n".join(in_words(way(folder() / "logs", wanted))))


def way(logs: Path, wanted: str) -> list[Piece]:
    """All that was logged for the request, in the order in which it began."""
    files = sorted(path for pattern in FILES for path in logs.glob(pattern))
    if not files:
        raise Trouble(f"There are no logs in {logs}; has MiniTwit run with this STATE?")
    pieces = [piece for path in files for piece in find(path, wanted)]
    ids = sorted({piece.fields[REQUEST_ID] for piece in pieces})
    if not pieces:
        raise Trouble(f"Nothing in {logs} has a request id that begins with {wanted}.")
    if len(ids) > 1:
        raise Trouble(f"{len(ids)} request ids begin with {wanted}: {', '.join(ids[:5])}.")
    return sorted(pieces, key=lambda piece: (piece.started, piece.service != "gateway"))


def find(path: Path, wanted: str) -> Iterator[Piece]:
    """A request's lines in a file; only lines with the id in them are parsed, since few have it."""
    needle = wanted.encode()
    with path.open("rb") as lines:
        for line in lines:
            piece = read(line) if needle in line else None
            if piece and str(piece.fields.get(REQUEST_ID, "")).startswith(wanted):
                yield piece


def read(line: bytes) -> Piece | None:
    """A line as a Piece; None if it is no log document: a library's own output, half a line."""
    try:
        fields = json.loads(line)
        written = datetime.fromisoformat(fields["@timestamp"]).astimezone(UTC)
        duration = timedelta(microseconds=fields.get("event.duration", 0) / 1000)
    except (ValueError, KeyError, TypeError):
        return None
    return Piece(written - duration, fields)


def in_words(pieces: list[Piece]) -> Iterator[str]:
    """The pieces in plain words, in columns: since the first, who, what, status, how long."""
    first = pieces[0]
    yield f"Request {first.fields[REQUEST_ID]}, {first.started:%Y-%m-%d %H:%M:%S.%f} UTC"
    names = max(len(piece.service) for piece in pieces)
    requests = [request(piece) for piece in pieces if piece.milliseconds is not None]
    width = max(map(len, requests), default=0)
    for piece in pieces:
        since = (piece.started - first.started) / timedelta(milliseconds=1)
        head = f"{since:+10.1f} ms  {piece.service.ljust(names)}  "
        yield head + (remark(piece) if piece.milliseconds is None else summary(piece, width))
        trace = str(piece.fields.get("error.stack_trace", ""))
        yield from (" " * len(head) + clean(line) for line in trace.splitlines())


def request(piece: Piece) -> str:
    place = piece.fields.get("url.path") or piece.fields.get("minitwit.route") or ""
    return clean(f"{piece.fields.get('http.request.method', '')} {place}")


def summary(piece: Piece, width: int) -> str:
    status = piece.fields.get("http.response.status_code", "")
    notes = []
    if user := piece.fields.get("user.id"):
        notes.append(f"user {user}")
    if error := problem(piece):
        notes.append(error)
    shown = f"{request(piece).ljust(width)}  {status:>3}  {piece.milliseconds:8.1f} ms"
    return clean("  ".join([shown, *notes]))


def remark(piece: Piece) -> str:
    level, message = piece.fields.get("log.level", ""), piece.fields.get("message", "")
    error = problem(piece)
    return clean(f"{level}: {message}" + (f" ({error})" if error else ""))


def problem(piece: Piece) -> str:
    """The first line of it; a stack trace tells the rest."""
    parts = (piece.fields.get(name) for name in ("error.type", "error.message"))
    return next(iter(": ".join(str(part) for part in parts if part).splitlines()), "")


def clean(text: str) -> str:
    """Escape control characters: a path may hold what a terminal takes for a command."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


if __name__ == "__main__":
    sys.exit(main())
