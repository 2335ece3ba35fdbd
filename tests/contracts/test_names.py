"""messages and followers ask users for one thing: a name to an id."""

from collections.abc import Callable
from typing import Any

import pytest

import followers.errors
import followers.people
import messages.authors
import messages.errors

NAMES = ["ada", "Ada", "Anne Marie", "Søren", "李", "a;b?c#d%e&f+g", "100%", 'say "hi"', "…", "🙂"]

CONSUMERS = [
    (lambda world: messages.authors.of(world.messages), messages.errors.UnknownAuthor),
    (lambda world: followers.people.of(world.followers), followers.errors.UserNotFound),
]


@pytest.fixture(params=CONSUMERS, ids=["messages", "followers"])
def consumer(request: pytest.FixtureRequest, world: Any) -> tuple[Any, type[Exception]]:
    find_client: Callable[[Any], Any]
    find_client, unknown = request.param
    return find_client(world), unknown


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_found_as_it_was_registered(world: Any, consumer: Any, name: str) -> None:
    client, _ = consumer
    number = world.register(name)
    found = client.find(name)
    assert (found.id, found.name) == (number, name)


@pytest.mark.parametrize("name", ["nobody", "ADA", "", ".", "..", "a/b", "x" * 101, "a\0b"])
def test_a_name_that_nobody_has_is_unknown(world: Any, consumer: Any, name: str) -> None:
    client, unknown = consumer
    world.register("ada")
    with pytest.raises(unknown):
        client.find(name)


def test_a_miss_is_not_remembered(world: Any, consumer: Any) -> None:
    client, unknown = consumer
    with pytest.raises(unknown):
        client.find("ada")
    number = world.register("ada")
    assert client.find("ada").id == number
