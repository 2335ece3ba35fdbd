"""web's clients, against the services that they will meet."""

from typing import Any
from uuid import UUID

import pytest

import web.providers
from chassis.testing import SIMULATOR
from web.clients.answers import Refused
from web.clients.followers import Counts
from web.clients.lists import Cursor, Page
from web.clients.users import Person


@pytest.fixture
def clients(world: Any) -> Any:
    return web.providers.of(world.web)


@pytest.fixture
def ada(world: Any, clients: Any) -> Any:
    """Somebody's access, as web gets it."""
    world.register("ada")
    return clients.users.trade(clients.users.log_in("ada", "secret"))()


def test_registering_and_the_reasons_not_to(clients: Any) -> None:
    clients.users.register("ada", "a@b", "secret")
    assert clients.users.find("ada").name == "ada"
    assert clients.users.find("bob") is None
    for values, slug, detail in [
        (("", "a@b", "x"), "invalid-username", "You have to enter a username"),
        (("bob", "ab", "x"), "invalid-email", "You have to enter a valid email address"),
        (("bob", "a@b", ""), "invalid-password", "You have to enter a password"),
        (("ada", "a@b", "x"), "username-taken", "The username is already taken"),
    ]:
        with pytest.raises(Refused) as refused:
            clients.users.register(*values)
        assert (refused.value.slug, refused.value.detail) == (slug, detail)


def test_logging_in_and_the_reasons_not_to(world: Any, clients: Any) -> None:
    number = world.register("ada")
    access = clients.users.trade(clients.users.log_in("ada", "secret"))()
    assert (access.person.id, access.person.name) == (number, "ada")
    assert access.seconds == 300
    for name, password, detail in [
        ("bob", "secret", "Invalid username"),
        ("ada", "wrong", "Invalid password"),
    ]:
        with pytest.raises(Refused, match="401") as refused:
            clients.users.log_in(name, password)
        assert refused.value.detail == detail


def test_a_timeline_of_more_people_than_anybody_may_ask_for(world: Any, clients: Any) -> None:
    world.register("ada")
    access = clients.users.trade(clients.users.log_in("ada", "secret"))()
    clients.messages.post(access.token, "hello")
    page = clients.messages.of_all([access.person.id, *range(10**6, 10**6 + 20_000)], Cursor())()
    assert [message.text for message in page.items] == ["hello"]


def test_a_session_can_be_ended(world: Any, clients: Any) -> None:
    world.register("ada")
    one, other = (clients.users.log_in("ada", "secret") for _ in range(2))
    clients.users.end_session(clients.users.trade(one)().token)
    assert clients.users.trade(one)() is None
    clients.users.end_sessions(clients.users.trade(other)().token)
    assert clients.users.trade(other)() is None
    assert clients.users.trade("never was one")() is None


def test_a_new_password_ends_the_other_sessions(world: Any, clients: Any) -> None:
    world.register("ada")
    here, there = (clients.users.log_in("ada", "secret") for _ in range(2))
    access = clients.users.trade(here)()
    with pytest.raises(Refused, match="403"):
        clients.users.change_password(access.token, "wrong", "new")
    clients.users.change_password(access.token, "secret", "new")
    assert clients.users.trade(here)() is not None
    assert clients.users.trade(there)() is None
    assert clients.users.log_in("ada", "new")


def test_posting_reading_and_deleting(clients: Any, ada: Any) -> None:
    for number in range(35):
        clients.messages.post(ada.token, f"message {number}")
    first = clients.messages.of(ada.person.id, Cursor())()
    assert [message.text for message in first.items] == [f"message {n}" for n in range(34, 4, -1)]
    assert first.newer is None
    second = clients.messages.of(ada.person.id, Cursor(before=first.older))()
    assert len(second.items) == 5
    assert second.older is None
    back = clients.messages.everybodys(Cursor(after=second.newer))()
    assert back.items == first.items
    assert clients.messages.of_all([ada.person.id], Cursor())() == first
    assert clients.messages.delete(ada.token, first.items[0].id)
    assert clients.messages.everybodys(Cursor())().items[0].text == "message 33"


def test_messages_says_why_it_does_not_take_a_text(clients: Any, ada: Any) -> None:
    for text, slug in [("", "empty-text"), ("x" * 10_001, "text-too-long"), ("\0", "bad-request")]:
        with pytest.raises(Refused, match="400") as refused:
            clients.messages.post(ada.token, text)
        assert refused.value.slug == slug


def test_what_is_sent_again_with_its_key_is_posted_once(clients: Any, ada: Any) -> None:
    for key in (str(UUID(int=1)), str(UUID(int=1)), str(UUID(int=2)), None):
        clients.messages.post(ada.token, "hello", key)
    assert len(clients.messages.everybodys(Cursor())().items) == 3


def test_nobody_elses_message_can_be_deleted(world: Any, clients: Any, ada: Any) -> None:
    clients.messages.post(ada.token, "mine")
    number = clients.messages.everybodys(Cursor())().items[0].id
    world.register("bob")
    bob = clients.users.trade(clients.users.log_in("bob", "secret"))()
    with pytest.raises(Refused, match="403"):
        clients.messages.delete(bob.token, number)
    assert not clients.messages.delete(bob.token, number + 1)


def test_a_write_without_a_valid_token_is_refused(clients: Any) -> None:
    for write in (
        lambda: clients.messages.post("no token", "hello"),
        lambda: clients.followers.follow("no token", "ada"),
        lambda: clients.users.change_password("no token", "secret", "new"),
    ):
        with pytest.raises(Refused, match="401"):
            write()


def test_following_and_its_counts(world: Any, clients: Any, ada: Any) -> None:
    bob = world.register('Bob "the; builder?"')
    name = 'Bob "the; builder?"'
    assert clients.followers.follow(ada.token, name)
    assert clients.followers.follow(ada.token, name)
    assert clients.followers.seen_by(ada.person.id, bob)()[1]
    assert clients.followers.followee_ids(ada.person.id)() == [bob]
    assert clients.followers.counts(bob)() == Counts(followers=1, followees=0)
    assert clients.followers.followers(bob, Cursor())() == Page([ada.person], None, None)
    assert clients.followers.followees(ada.person.id, Cursor())().items == [Person(bob, name)]
    assert clients.followers.unfollow(ada.token, name)
    assert not clients.followers.seen_by(ada.person.id, bob)()[1]
    assert not clients.followers.follow(ada.token, "nobody")
    assert not clients.followers.unfollow(ada.token, "nobody")


@pytest.mark.contract("A.2 GET /latest: the newest, -1 before anything was recorded")
def test_latest_is_the_newest_of_all_services(world: Any) -> None:
    visitor = world.web.test_client()
    assert visitor.get("/api/latest").get_json() == {"latest": -1}
    register = {"username": "ada", "email": "a@b", "pwd": "secret"}
    world.users.test_client().post("/api/register?latest=7", json=register)
    assert visitor.get("/api/latest").get_json() == {"latest": 7}
    world.messages.test_client().get("/api/msgs?latest=3", headers=SIMULATOR)
    assert visitor.get("/api/latest").get_json() == {"latest": 3}
    world.followers.test_client().get("/api/fllws/ada?latest=5", headers=SIMULATOR)
    assert visitor.get("/api/latest?latest=99").get_json() == {"latest": 5}


def test_who_follows_whom_is_read_page_by_page(world: Any, clients: Any, ada: Any) -> None:
    ids = [world.register(f"number {number}") for number in range(35)]
    for number in range(35):
        assert clients.followers.follow(ada.token, f"number {number}")
    first = clients.followers.followees(ada.person.id, Cursor())()
    assert [person.id for person in first.items] == ids[:4:-1]
    assert first.newer is None
    second = clients.followers.followees(ada.person.id, Cursor(before=first.older))()
    assert [person.id for person in second.items] == ids[4::-1]
    assert second.older is None
    back = clients.followers.followees(ada.person.id, Cursor(after=second.newer))()
    assert back.items == first.items
