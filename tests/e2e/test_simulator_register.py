"""CONTRACT A.4 through the gateway."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.people import Browser, Simulator
from tests.system import eventually
from users.hashing import PATIENCE_SECONDS

NO_NAME = "You have to enter a username"
NO_EMAIL = "You have to enter a valid email address"
NO_PASSWORD = "You have to enter a password"
TAKEN = "The username is already taken"
ODD_PASSWORDS = [
    "]=)[X{Km{z",
    " ",
    "x",
    "  spaces around  ",
    "p" * 1_000,
    "pässwörd 密码 🔑",
    "\"quotes' and \\ back",
    "a&b=c+d%20;",
    "</form><b>",
    "tab\there",
]


def refusal(simulator: Simulator, body: dict[str, Any]) -> str:
    answer = simulator.post("/register", body, auth=None)
    assert answer.status_code == 400
    told = answer.json()
    assert set(told) == {"status", "error_msg"}
    assert told["status"] == 400
    text: str = told["error_msg"]
    return text


@pytest.mark.contract("A.4 Register: the first failing check answers")
def test_the_checks_come_in_order(simulator: Simulator, name: str) -> None:
    simulator.register(name)
    bad_email, taken = {"email": "no at"}, {"username": name}
    full = {"username": f"{name}!", "email": "a@b", "pwd": "x"}
    assert refusal(simulator, {"username": "", "email": "", "pwd": ""}) == NO_NAME
    assert refusal(simulator, full | bad_email | {"pwd": ""}) == NO_EMAIL
    assert refusal(simulator, full | {"pwd": ""}) == NO_PASSWORD
    assert refusal(simulator, full | taken | bad_email) == NO_EMAIL
    assert refusal(simulator, full | taken | {"pwd": ""}) == NO_PASSWORD
    assert refusal(simulator, full | taken) == TAKEN


@pytest.mark.contract("A.4 A missing key counts as empty")
def test_a_missing_key_counts_as_empty(simulator: Simulator, name: str) -> None:
    assert refusal(simulator, {}) == NO_NAME
    assert refusal(simulator, {"email": "a@b", "pwd": "x"}) == NO_NAME
    assert refusal(simulator, {"username": name, "pwd": "x"}) == NO_EMAIL
    assert refusal(simulator, {"username": name, "email": "a@b"}) == NO_PASSWORD


@pytest.mark.contract("A.4 an @ is all that is asked")
@pytest.mark.parametrize("email", ["@", "a@", "@b", "a b@c d", "ä@ö", "a@b@c"])
def test_an_at_is_all_that_is_asked(simulator: Simulator, name: str, email: str) -> None:
    body = {"username": name, "email": email, "pwd": "x"}
    assert simulator.post("/register", body, auth=None).status_code == 204


@pytest.mark.contract("A.4 E-mails are not unique")
def test_two_people_may_share_an_email(simulator: Simulator, name: str) -> None:
    for each in (name, f"{name} jr"):
        body = {"username": each, "email": "both@example.org", "pwd": "x"}
        assert simulator.post("/register", body, auth=None).status_code == 204


@pytest.mark.contract("A.4 Passwords: any non-empty string; the same one must log in on the web")
@pytest.mark.parametrize("password", ODD_PASSWORDS)
def test_any_password_logs_in_on_the_web(
    simulator: Simulator, browser: Browser, name: str, password: str
) -> None:
    assert simulator.register(name, password).status_code == 204
    assert browser.sign_in(name, password).is_signed_in


@pytest.mark.contract("A.4 A name that shadows a page or is no path segment is refused, in words")
@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("login", "reserved"),
        ("logout", "reserved"),
        ("register", "reserved"),
        ("public", "reserved"),
        ("static", "reserved"),
        ("settings", "reserved"),
        ("messages", "reserved"),
        ("add_message", "reserved"),
        ("api", "reserved"),
        ("metrics", "reserved"),
        ("v1", "reserved"),
        ("favicon.ico", "reserved"),
        (".", "reserved"),
        ("..", "reserved"),
        ("a/b", "slash"),
        ("/", "slash"),
        ("a\nb", "control"),
        ("a\0b", "control"),
        ("a\x7fb", "control"),
        ("x" * 101, "100 characters"),
    ],
)
def test_a_name_that_can_not_be_had_is_refused(simulator: Simulator, bad: str, word: str) -> None:
    assert word in refusal(simulator, {"username": bad, "email": "a@b", "pwd": "x"})


@pytest.mark.contract("A.4 A name longer than 100 characters is refused")
def test_a_name_of_100_characters_is_taken(simulator: Simulator, name: str) -> None:
    longest = name.ljust(100, "ü")
    assert simulator.register(longest).status_code == 204
    assert simulator.messages(longest) == []


@pytest.mark.contract("A.7 never lose a register")
def test_a_crowd_is_registered_and_of_those_who_want_one_name_one_gets_it(
    simulator: Simulator, name: str
) -> None:
    crowd = [*(f"{name} {number}" for number in range(24)), *[name] * 8]

    with ThreadPoolExecutor(len(crowd)) as pool:
        statuses = list(pool.map(partial(register_patiently, simulator), crowd))
    assert statuses[:24] == [204] * 24
    assert Counter(statuses[24:]) == {204: 1, 400: 7}
    for each in set(crowd):
        assert simulator.messages(each) == []


def register_patiently(simulator: Simulator, name: str) -> int:
    """Come back if so many hashes take the machine too long; nobody is told to any sooner."""

    def status() -> int | None:
        answer = simulator.register(name)
        if answer.status_code != 503:
            return answer.status_code
        assert answer.elapsed > timedelta(seconds=PATIENCE_SECONDS)
        return None

    found = eventually(status)
    assert found is not None
    return found
