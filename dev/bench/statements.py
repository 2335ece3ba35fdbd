"""What a route asks of Postgres, from the server's own log, and how fast that alone would be."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from sqlalchemy import make_url

from dev.bench.routes import Route
from dev.bench.scene import Scene
from dev.postgres import program

SECONDS, CLIENTS = 3, 8
_BEGINNING = re.compile(r"^\S+ \S+ \S+ \[\d+\] (?:\S+ )?(LOG:  statement: )?", re.MULTILINE)
_SETTLED = 0.3


@dataclass(frozen=True)
class Statements:
    """The texts of one request's statements, and how many such requests pgbench does a second."""

    texts: list[str]
    rate: float


def statements(scene: Scene, route: Route, log: Path, folder: Path) -> Statements:
    """For a route whose service has a schema."""
    with _logging(scene):
        before = log.stat().st_size
        scene.ask(route.requests[-1])
        time.sleep(_SETTLED)
        with log.open() as file:
            file.seek(before)
            texts = list(_texts(file.read()))
    return Statements(texts, _pgbench(scene.url_of(f"{route.part}_service"), texts, folder))


@contextmanager
def _logging(scene: Scene) -> Iterator[None]:
    _tell(scene, "ALTER SYSTEM SET log_statement = 'all'")
    try:
        yield
    finally:
        _tell(scene, "ALTER SYSTEM RESET log_statement")


def _tell(scene: Scene, order: str) -> None:
    url = scene.url_of("postgres").replace("+psycopg2", "", 1)
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(order)
            cursor.execute("SELECT pg_reload_conf()")
    time.sleep(_SETTLED)


def _texts(written: str) -> Iterator[str]:
    parts = _BEGINNING.split(written)
    for mark, text in zip(parts[1::2], parts[2::2], strict=True):
        if mark and "pg_reload_conf" not in text and "ALTER SYSTEM" not in text:
            yield text.strip().replace("\n\t", "\n")


def _pgbench(role_url: str, texts: list[str], folder: Path) -> float:
    url = make_url(role_url)
    script = folder / "statements.sql"
    script.write_text("".join(text.rstrip(";").replace(";", r"\;") + ";\n" for text in texts))
    place = ["-h", str(url.host), "-p", str(url.port), "-U", str(url.username), str(url.database)]
    done = subprocess.run(
        [program("pgbench"), "-n", "-f", str(script), f"-c{CLIENTS}", f"-T{SECONDS}", *place],
        env={"PATH": os.defpath, "PGPASSWORD": str(url.password)},
        capture_output=True,
        text=True,
        check=True,
    )
    [rate] = re.findall(r"tps = ([\d.]+)", done.stdout)
    return float(rate)
