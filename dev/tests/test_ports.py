"""Ports: parsing, demanding, reserving."""

import socket
from collections.abc import Iterator

import pytest

from dev import ports
from dev.trouble import Trouble


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("text", ["", "0", "-1", "abc", "65536", "70000", "80.5", "80 80", "²"])
def test_what_is_no_port_is_refused_with_its_own_words(text: str) -> None:
    with pytest.raises(Trouble) as refused:
        ports.parse(text)
    words = f"PORT={text} is no port; it must be a whole number from 1 to 65535."
    assert str(refused.value) == words


def test_a_taken_port_names_a_way_out(taken: int) -> None:
    with pytest.raises(Trouble, match=rf"Port {taken} is taken .*make run PORT="):
        ports.demand(taken)


def test_a_free_port_is_accepted_and_left_free() -> None:
    port = ports.free(20_000)
    ports.demand(port)
    socket.create_server(("127.0.0.1", port)).close()


def test_two_reservations_never_meet() -> None:
    start = ports.free(20_000)
    reserved = [ports.reserve(start) for _ in range(5)]
    assert len(set(reserved)) == 5


def test_a_port_that_was_demanded_is_not_reserved() -> None:
    """The gateway listens last; until then another system's services must not take its port."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    ports.demand(port)
    assert ports.reserve(port) != port


def test_a_taken_port_is_not_reserved(taken: int) -> None:
    assert ports.reserve(taken) != taken


def test_there_is_a_port_above_the_highest_start() -> None:
    assert ports.reserve(66_080) <= 65_535
