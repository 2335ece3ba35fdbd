"""What a route asks of Postgres, as the server saw it, and how fast that alone would be."""

import os
import re
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from dev.bench.routes import Route
from dev.bench.scene import Scene
from dev.postgres import connect, program

SECONDS, CLIENTS = 3, 8
_NEWEST = """
    SELECT query FROM pg_stat_activity WHERE usename = %s AND query_start IS NOT NULL
    ORDER BY query_start DESC LIMIT 1
"""


def rate_alone(scene: Scene, route: Route, folder: Path) -> float:
    """How many times a second pgbench can run the SQL of one request.

    The route's service must have a schema, and send one text per request.
    """
    role = f"{route.part}_service"
    scene.ask(route.requests[-1])
    with closing(connect(scene.url_of("postgres"))) as admin, admin.cursor() as cursor:
        cursor.execute(_NEWEST, [role])
        [text] = cursor.fetchone() or [""]
    return _pgbench(scene.url_of(role), text, folder)


def _pgbench(role_url: str, text: str, folder: Path) -> float:
    url = make_url(role_url)
    script = folder / "statement.sql"
    script.write_text(text.strip().rstrip(";").replace(";", r"\;") + ";\n")
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
