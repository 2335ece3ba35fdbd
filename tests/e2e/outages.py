"""Who is there before a part of the system is stopped, and how they look at what still works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.people import PASSWORD, Browser, Page, Simulator, quoted
from tests.system import System

TYPED = "typed with <care>\n& \"quotes'"


@dataclass
class World:
    """`me` is signed in and follows `friend`; nobody but users has ever heard of `stranger`.

    `phone` is a session of mine that one test may end.
    """

    system: System
    simulator: Simulator
    me: Browser
    phone: Browser
    friend: str
    stranger: str
    new_name: Callable[[], str]

    def visitor(self) -> Browser:
        """Somebody who is not signed in."""
        return Browser(self.system.url)

    def page_of(self, name: str) -> Page:
        return self.me.go(f"/{quoted(name)}")


@contextmanager
def world_without(system: System, part: str, new_name: Callable[[], str]) -> Iterator[World]:
    """A world in which everything worked until `part` was stopped; afterwards it works again."""
    simulator = Simulator(system.url)
    names = [new_name() for _ in range(3)]
    for name in names:
        assert simulator.register(name).status_code == 204
    mine, friend, stranger = names
    me, phone = (Browser(system.url).sign_in(mine) for _ in range(2))
    world = World(system, simulator, me, phone, friend, stranger, new_name)
    for name in (mine, friend):
        assert simulator.tweet(name, f"from {name}").status_code == 204
        assert simulator.change(mine, follow=name).status_code == 204
        assert world.page_of(name).status == 200
    with system.without(part):
        yield world
    assert_all_is_well(world)


def assert_all_is_well(world: World) -> None:
    """What could not be done can be done again, by the session from before."""
    page = world.me.send("/add_message", text=f"again {world.me.name}")
    assert page.messages[0] == f"again {world.me.name}"
    assert f"from {world.friend}" in page.messages
    assert page.missing == ""
    name = world.new_name()
    assert world.simulator.register(name).status_code == 204
    assert world.simulator.tweet(name, "hello").status_code == 204
    assert world.simulator.change(name, follow=world.stranger).status_code == 204
    assert world.page_of(world.stranger).status == 200


def assert_says_later(page: Page) -> None:
    """A page that could not do what it was asked to."""
    assert page.status == 503
    assert int(page.headers["Retry-After"]) > 0
    assert page.texts("h1") == ["MiniTwit"]
    assert "Traceback" not in page.html


def assert_simulator_waits(answer: requests.Response, status: int) -> None:
    """The simulator's form of the same: 502 for a service that is stopped, else 503."""
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0
    body = answer.json()
    assert set(body) == {"status", "error_msg"}
    assert body["status"] == status


def assert_signing_up_and_in_works(world: World) -> None:
    name, browser = world.new_name(), world.visitor()
    form = {"username": name, "email": "a@b", "password": "x", "password2": "x"}
    assert "successfully registered" in browser.send("/register", **form).flashes[0]
    assert browser.sign_in(name, "x").is_signed_in


def assert_settings_work(world: World) -> None:
    browser = world.visitor().sign_in(world.me.name)
    form = {"current_password": PASSWORD, "new_password": PASSWORD, "new_password2": PASSWORD}
    assert browser.send("/settings/password", **form).flashes == ["Your password was changed"]
    world.me.sign_in(world.me.name)


def assert_following_works(world: World) -> None:
    for verb, words in (("unfollow", "no longer following"), ("follow", "now following")):
        page = world.me.send(f"/{quoted(world.friend)}/{verb}")
        assert words in page.flashes[0]


def assert_posting_works(world: World) -> None:
    page = world.me.send("/add_message", text="posted nevertheless")
    assert page.status == 200
    assert page.messages[0] == "posted nevertheless"
