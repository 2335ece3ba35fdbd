"""CONTRACT A.2 through the gateway. All tests share one `latest`, so each sets its own first."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.people import Simulator, quoted
from tests.system import eventually

NO_INTEGERS = ["", "abc", "1.5", "1e3", "0x10", "--1", "+", "1 2", "١٢", "null", "1,000", "1_000"]


@pytest.fixture
def number(simulator: Simulator, new_number: Callable[[], int]) -> int:
    """What `latest` is when the test begins."""
    number = new_number()
    simulator.get("/msgs", params={"latest": number})
    expect(simulator, number)
    return number


def expect(simulator: Simulator, number: int) -> None:
    """Asked again on a busy machine: GET /latest leaves out services that take over 0.2 s."""
    eventually(lambda: simulator.latest() == number)


@pytest.mark.contract("A.2 ?latest=<int> is accepted on every route")
def test_every_route_records_latest(
    simulator: Simulator, name: str, new_number: Callable[[], int]
) -> None:
    asks: list[Callable[[dict[str, Any]], Any]] = [
        lambda params: simulator.register(name, **params),
        lambda params: simulator.tweet(name, "x", **params),
        lambda params: simulator.post(f"/fllws/{quoted(name)}", {"follow": name}, params=params),
        lambda params: simulator.get("/msgs", params=params),
        lambda params: simulator.get(f"/fllws/{quoted(name)}", params=params),
        lambda params: simulator.get(f"/msgs/{quoted(name)}", params=params),
    ]
    for ask in asks:
        number = new_number()
        assert ask({"latest": number}).status_code in (200, 204)
        expect(simulator, number)


@pytest.mark.contract("A.2 every route but GET /latest, which never writes it")
@pytest.mark.parametrize("path", ["/latest", "/latest/"])
def test_asking_for_latest_never_writes_it(simulator: Simulator, number: int, path: str) -> None:
    answer = simulator.ask_latest(path, params={"latest": number + 1})
    assert answer.status_code == 200
    expect(simulator, number)


@pytest.mark.contract("A.2 Recorded first: it changes also on 400, 403 and 404")
def test_latest_is_recorded_before_anything_else_is_judged(
    simulator: Simulator, name: str, new_number: Callable[[], int]
) -> None:
    own = quoted(name)
    asks: list[tuple[int, Callable[[dict[str, int]], Any]]] = [
        (400, lambda params: simulator.post("/register", {}, params=params)),
        (400, lambda params: simulator.ask("POST", "/register", data=b"{", params=params)),
        (404, lambda params: simulator.get(f"/msgs/{own}", params=params)),
        (404, lambda params: simulator.get(f"/fllws/{own}", params=params)),
        (404, lambda params: simulator.tweet(name, "x", **params)),
        (403, lambda params: simulator.get("/msgs", params=params, auth=None)),
        (403, lambda params: simulator.get(f"/fllws/{own}", params=params, auth=("a", "b"))),
        (403, lambda params: simulator.ask("POST", f"/msgs/{own}", params=params, auth=None)),
    ]
    for status, ask in asks:
        number = new_number()
        assert ask({"latest": number}).status_code == status
        expect(simulator, number)


@pytest.mark.contract("A.2 Last write wins; it is no maximum (1337 then 1 gives 1)")
def test_the_last_write_wins_across_services(simulator: Simulator, name: str) -> None:
    simulator.register(name, latest=1337)
    expect(simulator, 1337)
    simulator.get("/msgs", params={"latest": 1})
    expect(simulator, 1)
    simulator.get(f"/fllws/{quoted(name)}", params={"latest": 1336})
    expect(simulator, 1336)
    simulator.get("/msgs", params={"latest": 1335})
    expect(simulator, 1335)


@pytest.mark.contract("A.2 0 is legal")
def test_zero_is_recorded(simulator: Simulator, number: int) -> None:
    assert simulator.get("/msgs", params={"latest": 0}).status_code == 200
    expect(simulator, 0)


@pytest.mark.contract("A.2 -1 means absent")
def test_minus_one_changes_nothing(simulator: Simulator, number: int) -> None:
    assert simulator.get("/msgs", params={"latest": -1}).status_code == 200
    expect(simulator, number)


@pytest.mark.contract("A.2 Missing, empty or no integer: ignored, the request goes on")
@pytest.mark.parametrize("raw", [*NO_INTEGERS, "9" * 19, "9" * 400, "\0"])
def test_what_is_no_integer_is_ignored(simulator: Simulator, number: int, raw: str) -> None:
    assert simulator.get("/msgs", params={"latest": raw}).status_code == 200
    assert simulator.get("/msgs").status_code == 200
    expect(simulator, number)


@pytest.mark.contract('A.2 GET /latest gives 200 {"latest": n}')
@pytest.mark.parametrize("auth", [None, ("a", "b")])
def test_the_answer_has_one_key(
    simulator: Simulator, number: int, auth: tuple[str, str] | None
) -> None:
    expect(simulator, number)
    answer = simulator.ask_latest(auth=auth)
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()) == {"latest"}
