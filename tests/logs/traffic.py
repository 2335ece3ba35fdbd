"""All kinds of traffic, good and bad, with what no log may hold sown into it."""

import random
import socket
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg2

from chassis.access import LATE_SECONDS
from tests.people import PASSWORD, Browser, Simulator, quoted
from tests.system import PATIENCE, System, eventually

ODD = (
    b'GET /"quotes\\and\x01 HTTP/1.1\r\nHost: x\r\nUser-Agent: "q\\\x01\x7f\r\n',
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: caf\xe9\r\n",
    "GET /Jø😀 HTTP/1.1\r\nHost: x\r\nUser-Agent: Jø 😀\r\n".encode(),
    b"GET /%ff%00%ed%a0%80 HTTP/1.1\r\nHost: x\r\n",
    b"GET /%22%0a%1b%5b2J HTTP/1.1\r\nHost: x\r\n",
    b"GET /api/msgs/%ED%A0%80 HTTP/1.1\r\nHost: x\r\n",
    b"\x16\x03\x01\x02\x00\xff\xfe nonsense\r\n",
    b"BREW /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n",
    b"GET /public\r\n",
)
ANNOUNCED = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
EXPECTED = (
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
    b"Connection: close\r\n\r\n"
)
BODIES = (b"", b"{", b"[]", b'{"content":"\\ud800"}', b'{"content":"\xff"}', b'{"content":1}')


@dataclass
class Sown:
    """What must not come up in any line, and the id of a page that failed."""

    secrets: dict[str, str] = field(default_factory=dict)
    failed: str = ""
    well: str = ""


def canary(sown: Sown, kind: str) -> str:
    return sown.secrets.setdefault(kind, f"{kind}{uuid4().hex}")


def everything(system: System) -> Sown:
    """Leaves all parts of the system well."""
    sown = Sown()
    simulator, name = Simulator(system.url), "Ada Ø 😀"
    me = signed_up(system, sown, name)
    people(sown, me)
    refusals(sown, simulator, name)
    fuzz(system)
    too_large(system)
    slow(system)
    broken_statement(system, sown)
    action = str(me.go("/").one("form[action$='/delete']")["action"])
    with system.without("messages"):
        sown.failed = me.ask("POST", action).headers["X-Request-ID"]
        me.post("/add_message", text=canary(sown, "text"))
        simulator.tweet(name, canary(sown, "text"))
        me.go("/")
    with system.without("web"):
        me.ask("GET", f"/login?q={canary(sown, 'query')}", headers={"Referer": canary_url(sown)})
    with system.without("postgres"):
        me.post("/add_message", text=canary(sown, "text"))
        simulator.register("Nobody", canary(sown, "password"))
        simulator.get(f"/msgs/{quoted(name)}")
    eventually(lambda: me.go("/").status == 200)
    me.ask("POST", "/logout")
    me.post("/login", username=name, password=canary(sown, "password"))
    sown.well = me.ask("GET", "/").headers["X-Request-ID"]
    me.ask("POST", "/logout")
    return sown


def signed_up(system: System, sown: Sown, name: str) -> Browser:
    browser, password = Browser(system.url), canary(sown, "password")
    form = {"username": name, "email": f"{canary(sown, 'email')}@example.org"}
    browser.post("/register", **form, password=password, password2=canary(sown, "wrong"))
    for _ in range(2):
        browser.post("/register", **form, password=password, password2=password)
    browser.post("/login", username=name, password=canary(sown, "wrong"))
    browser.sign_in(name, password)
    sown.secrets["cookie"] = str(browser.http.cookies.get("minitwit"))[:40]
    return browser


def people(sown: Sown, me: Browser) -> None:
    Simulator(me.site).register("Grace", PASSWORD)
    for text in (canary(sown, "text"), canary(sown, "text") * 400):
        me.post("/add_message", text=text)
    for path in ("/Grace/follow", "/Grace/unfollow", "/nobody/follow", "/settings/password"):
        me.post(path, current_password=canary(sown, "wrong"), new_password="x", new_password2="x")
    for path in ("/", "/public", "/Grace", "/nobody", f"/public?q={canary(sown, 'query')}"):
        me.ask("GET", path, headers={"Referer": canary_url(sown)})


def canary_url(sown: Sown) -> str:
    return f"http://{canary(sown, 'referrer')}.example/?x={canary(sown, 'referrer')}"


def refusals(sown: Sown, simulator: Simulator, name: str) -> None:
    """Each kind of error that the simulator can get, and each kind of body."""
    simulator.get("/msgs", auth=("simulator", canary(sown, "token")))
    simulator.get("/msgs", auth=None, headers={"Authorization": f"Bearer {canary(sown, 'token')}"})
    simulator.register(name, canary(sown, "password"), latest=7, q=canary(sown, "query"))
    simulator.tweet("nobody at all", canary(sown, "text"), latest=8)
    simulator.tweet(name, canary(sown, "text") + "\0", latest=9)
    simulator.change(name, follow="nobody at all")
    simulator.change(name, neither=canary(sown, "text"))
    for path in ("/register", f"/msgs/{quoted(name)}", f"/fllws/{quoted(name)}"):
        for body in BODIES:
            simulator.ask("POST", path, data=body)
    simulator.get("/latest")


def fuzz(system: System) -> None:
    chance = random.Random(7)
    for head in ODD:
        with suppress(OSError):
            system.raw(head + b"Connection: close\r\n\r\n")
    for _ in range(150):
        path = "".join(
            chr(chance.choice((chance.randrange(32, 127), 233, 0x1F600))) for _ in "12345678"
        )
        parts = chance.choice((quoted(path), path.replace(" ", "+").replace("#", "")))
        with suppress(OSError):
            system.raw(f"GET /{parts} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())


def too_large(system: System) -> None:
    """Goes once it is refused: nginx would wait five seconds for what was announced."""
    with socket.create_connection(("127.0.0.1", system.port), timeout=PATIENCE) as connection:
        connection.sendall(ANNOUNCED)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")


def slow(system: System) -> None:
    """By the client's own doing: the body comes only some time after it was asked for."""
    with socket.create_connection(("127.0.0.1", system.port), timeout=PATIENCE) as connection:
        connection.sendall(EXPECTED)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
        time.sleep(2 * LATE_SECONDS)
        connection.sendall(b"a=bc")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


def broken_statement(system: System, sown: Sown) -> None:
    """Postgres' own words quote rows and statements, so it is given reason to."""
    url = Path(system.told()["database"]["users_owner"]).read_text().strip()
    text = canary(sown, "text")
    twice = f"INSERT INTO t VALUES ('{text}'), ('{text}')"
    long = f"SELECT '\n{text}\n{'x' * 9000}\n{text}' FROM nowhere"
    for statement in (f"CREATE TEMP TABLE t (a text PRIMARY KEY); {twice}", long):
        connected = closing(psycopg2.connect(url.replace("+psycopg2", "")))
        with suppress(psycopg2.Error), connected as connection:
            connection.cursor().execute(statement)
