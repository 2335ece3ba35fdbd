"""One request's way through all logs, and what no log ever holds."""

import re
from collections.abc import Callable
from uuid import uuid4

from tests.people import PASSWORD, Browser, Simulator, quoted
from tests.system import System, eventually


def way(system: System, request_id: str, count: int) -> list[str]:
    """Who wrote the lines that `make logs` prints, in its order, once there are so many.

    nginx writes its line when it has answered already.
    """

    def services() -> list[str]:
        told = system.run("dev.logs", ID=request_id).stdout.splitlines()
        assert request_id in told[0]
        starts = [float(line.split()[0]) for line in told[1:]]
        assert starts == sorted(starts)
        found = re.findall(r"^ *[+-][\d.]+ ms +(\w+)", "\n".join(told), re.MULTILINE)
        return found if len(found) >= count and "gateway" in found else []

    return eventually(services)


def test_the_id_on_an_error_page_finds_the_lines_of_all_who_were_asked(
    system: System, me: Browser
) -> None:
    me.post("/add_message", text="x")
    action = str(me.go("/").one("form[action$='/delete']")["action"])
    with system.without("messages"):
        page = me.send(action)
    assert page.status == 503
    (request_id,) = page.texts(".reference code")
    assert page.headers["X-Request-ID"] == request_id
    found = way(system, request_id, 4)
    assert found[0] == "gateway"
    assert {"gateway", "web", "users"} == set(found)
    told = system.run("dev.logs", ID=request_id).stdout
    assert "unavailable: messages" in told
    assert "POST /messages/" in told


def test_one_page_is_followed_through_every_service(
    system: System, browser: Browser, registered: Callable[[], str]
) -> None:
    """The first of a session, about which users has to be asked."""
    browser.post("/login", username=registered(), password=PASSWORD)
    answer = browser.ask("GET", "/")
    found = way(system, answer.headers["X-Request-ID"], 5)
    assert found[:2] == ["gateway", "web"]
    assert set(found[2:]) == {"users", "followers", "messages"}


def test_the_simulators_requests_can_be_followed_too(
    system: System, simulator: Simulator, registered: Callable[[], str]
) -> None:
    answer = simulator.tweet(registered(), "x")
    found = way(system, answer.headers["X-Request-ID"], 3)
    assert found == ["gateway", "messages", "users"]


def test_no_log_holds_what_people_entrust(
    system: System, simulator: Simulator, browser: Browser, name: str
) -> None:
    secrets = {kind: f"{kind}{uuid4().hex}" for kind in ("password", "wrong", "text", "query")}
    email = f"{uuid4().hex}@example.org"
    sign_up = {"username": name, "email": email, "password2": secrets["password"]}
    browser.post("/register", **sign_up, password=secrets["wrong"])
    browser.post("/register", **sign_up, password=secrets["password"])
    browser.post("/register", **sign_up, password=secrets["password"])
    browser.post("/login", username=name, password=secrets["wrong"])
    browser.sign_in(name, secrets["password"])
    cookie = browser.http.cookies.get("minitwit")
    browser.post("/add_message", text=secrets["text"])
    browser.post("/add_message", text=secrets["text"] * 400)
    browser.ask("GET", "/public", params={"q": secrets["query"]}, headers={"Referer": email})
    browser.post(
        "/settings/password",
        current_password=secrets["wrong"],
        new_password=secrets["password"],
        new_password2=secrets["password"],
    )
    simulator.tweet(name, secrets["text"] + "\0")
    simulator.ask("POST", "/register", data=f'{{"pwd":"{secrets["password"]}"'.encode())
    simulator.register(f"{name} 2", secrets["password"], q=secrets["query"])
    with system.without("messages"):
        browser.post("/add_message", text=secrets["text"])
        simulator.tweet(name, secrets["text"])
    last = browser.ask("POST", "/logout").headers["X-Request-ID"]
    way(system, last, 3)
    logs = system.logs()
    assert quoted(name) in logs
    assert cookie
    for secret in (*secrets.values(), email, cookie, cookie[:40], "eyJ", "super_safe", PASSWORD):
        assert secret not in logs
