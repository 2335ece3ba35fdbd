"""ARCHITECTURE.md, "When a part is down": each part stopped in turn, each cell looked at."""

from collections.abc import Callable, Iterator

import pytest
import requests

from tests.e2e.outages import (
    TYPED,
    World,
    assert_following_works,
    assert_posting_works,
    assert_says_later,
    assert_settings_work,
    assert_signing_up_and_in_works,
    assert_simulator_waits,
    world_without,
)
from tests.people import PASSWORD, quoted
from tests.system import System, eventually

FORM = {"email": "typed@example", "password": "x", "password2": "x"}


@pytest.fixture(scope="class")
def world(
    request: pytest.FixtureRequest, system: System, new_name: Callable[[], str]
) -> Iterator[World]:
    with world_without(system, request.cls.stopped, new_name) as world:
        yield world


class TestWithoutUsers:
    stopped = "users"

    def test_timelines_and_pages_of_names_seen_before_work(self, world: World) -> None:
        eventually(lambda: f"from {world.friend}" in world.visitor().go("/public").messages)
        page = world.page_of(world.friend)
        assert page.messages == [f"from {world.friend}"]
        assert "You are currently following" in page.texts("div.followstatus")[0]

    def test_people_who_are_signed_in_read_post_and_follow_on(self, world: World) -> None:
        assert f"from {world.friend}" in world.me.go("/").messages
        assert_posting_works(world)
        assert_following_works(world)

    def test_the_simulator_reads_and_writes_for_names_seen_before(self, world: World) -> None:
        assert world.simulator.tweet(world.me.name, "on and on").status_code == 204
        assert world.simulator.messages(world.me.name)[0]["content"] == "on and on"
        assert world.simulator.change(world.me.name, follow=world.friend).status_code == 204
        assert world.friend in world.simulator.follows(world.me.name)

    def test_signing_up_and_in_have_to_wait_with_what_was_typed(self, world: World) -> None:
        page = world.visitor().send("/register", username="typed name", **FORM)
        assert_says_later(page)
        assert (page.value("username"), page.value("email")) == ("typed name", "typed@example")
        page = world.visitor().send("/login", username=world.friend, password=PASSWORD)
        assert_says_later(page)
        assert page.value("username") == world.friend
        assert page.errors

    def test_settings_open_and_what_is_sent_has_to_wait(self, world: World) -> None:
        assert world.me.go("/settings").status == 200
        form = {"current_password": PASSWORD, "new_password": "x", "new_password2": "x"}
        page = world.me.send("/settings/password", **form)
        assert_says_later(page)
        assert page.errors
        assert_says_later(world.me.send("/settings/sessions"))

    def test_names_not_seen_before_have_to_wait(self, world: World) -> None:
        own = quoted(world.stranger)
        assert_says_later(world.page_of(world.stranger))
        assert_says_later(world.me.send(f"/{own}/follow"))
        assert_simulator_waits(world.simulator.get(f"/msgs/{own}"), 503)
        assert_simulator_waits(world.simulator.tweet(world.stranger, "x"), 503)
        assert_simulator_waits(world.simulator.change(world.friend, follow=world.stranger), 503)
        assert_simulator_waits(world.simulator.register(world.new_name()), 502)

    def test_latest_is_known(self, world: World) -> None:
        assert world.simulator.ask_latest().status_code == 200

    def test_signing_out_forgets_the_session_here_and_says_what_is_left(self, world: World) -> None:
        page = world.phone.send("/logout")
        assert page.flashes[0] == "You were logged out"
        assert "only this browser" in page.flashes[1].lower()
        assert not world.phone.is_signed_in


class TestWithoutMessages:
    stopped = "messages"

    def test_signing_up_and_in_following_and_settings_work(self, world: World) -> None:
        assert_signing_up_and_in_works(world)
        assert_settings_work(world)
        assert_following_works(world)

    @pytest.mark.parametrize("place", ["/", "/public", "/{friend}"])
    def test_timelines_render_and_say_that_messages_are_missing(
        self, world: World, place: str
    ) -> None:
        page = world.me.go(place.format(friend=quoted(world.friend)))
        assert page.status == 200
        assert "messages can't be shown" in page.missing
        assert "no message so far" not in page.html

    def test_posting_has_to_wait_with_the_text_in_the_form(self, world: World) -> None:
        page = world.me.send("/add_message", text=TYPED)
        assert_says_later(page)
        assert page.value("text") == TYPED
        assert page.errors

    def test_the_simulator_registers_and_follows_and_waits_to_write(self, world: World) -> None:
        name = world.new_name()
        assert world.simulator.register(name).status_code == 204
        assert world.simulator.change(name, follow=world.friend).status_code == 204
        assert_simulator_waits(world.simulator.tweet(world.friend, "x"), 502)
        assert_simulator_waits(world.simulator.get("/msgs"), 502)
        assert world.simulator.ask_latest().status_code == 200


class TestWithoutFollowers:
    stopped = "followers"

    def test_signing_up_and_in_posting_and_settings_work(self, world: World) -> None:
        assert_signing_up_and_in_works(world)
        assert_settings_work(world)
        assert_posting_works(world)

    def test_public_and_user_timelines_work(self, world: World) -> None:
        eventually(lambda: f"from {world.friend}" in world.visitor().go("/public").messages)
        page = world.page_of(world.friend)
        assert page.messages == [f"from {world.friend}"]
        assert "Who follows whom can't be shown" in page.missing

    @pytest.mark.parametrize("which", ["followers", "following"])
    def test_lists_of_people_say_that_they_are_missing(self, world: World, which: str) -> None:
        page = world.visitor().go(f"/{quoted(world.friend)}/{which}")
        assert page.status == 200
        assert "Who follows whom can't be shown" in page.missing

    def test_home_shows_ones_own_messages_and_says_whose_are_missing(self, world: World) -> None:
        page = world.me.go("/")
        assert page.status == 200
        assert f"from {world.me.name}" in page.messages
        assert f"from {world.friend}" not in page.messages
        assert "people you follow can't be shown" in page.missing

    @pytest.mark.parametrize("verb", ["follow", "unfollow"])
    def test_following_has_to_wait(self, world: World, verb: str) -> None:
        page = world.me.send(f"/{quoted(world.friend)}/{verb}")
        assert_says_later(page)
        assert page.errors

    def test_the_simulator_registers_and_writes_and_waits_to_follow(self, world: World) -> None:
        name = world.new_name()
        assert world.simulator.register(name).status_code == 204
        assert world.simulator.tweet(name, "hello").status_code == 204
        assert_simulator_waits(world.simulator.change(name, follow=world.friend), 502)
        assert_simulator_waits(world.simulator.get(f"/fllws/{quoted(name)}"), 502)
        assert world.simulator.ask_latest().status_code == 200


class TestWithoutWeb:
    stopped = "web"

    def test_the_simulator_registers_writes_and_follows(self, world: World) -> None:
        name = world.new_name()
        assert world.simulator.register(name).status_code == 204
        assert world.simulator.tweet(name, "hello").status_code == 204
        assert world.simulator.change(name, follow=world.friend).status_code == 204
        assert world.simulator.messages(name)[0]["content"] == "hello"

    @pytest.mark.parametrize("place", ["/", "/public", "/login", "/register", "/somebody"])
    def test_pages_are_the_gateways_own_with_the_request_id(self, world: World, place: str) -> None:
        page = world.me.go(place)
        assert page.status == 502
        assert int(page.headers["Retry-After"]) > 0
        assert "not running" in page.html
        assert page.headers["X-Request-ID"] in page.html

    def test_what_is_posted_is_said_to_be_unsaved(self, world: World) -> None:
        page = world.me.send("/add_message", text=TYPED)
        assert page.status == 502
        assert "Nothing was saved" in page.html

    def test_latest_has_to_wait(self, world: World) -> None:
        assert_simulator_waits(world.simulator.get("/latest"), 502)


class TestWithoutGateway:
    stopped = "gateway"

    def test_nothing_answers_outside_and_everything_is_ready_inside(self, world: World) -> None:
        with pytest.raises(requests.ConnectionError):
            world.visitor().go("/public")
        assert all(world.system.is_ready(name) for name in ("users", "messages", "followers"))


class TestWithoutPostgres:
    stopped = "postgres"

    @pytest.mark.parametrize("service", ["users", "messages", "followers"])
    def test_services_live_and_are_not_ready(self, world: World, service: str) -> None:
        assert world.system.status(service, "/healthz") == 200
        assert world.system.status(service, "/readyz") == 503

    def test_pages_that_only_read_render_and_say_what_is_missing(self, world: World) -> None:
        for place in ("/public", "/", f"/{quoted(world.friend)}"):
            page = world.me.go(place)
            assert page.status == 200
            assert "messages can't be shown" in page.missing
        for place in ("/login", "/register"):
            assert world.visitor().go(place).status == 200
        assert_says_later(world.page_of(world.stranger))

    def test_everything_that_is_sent_has_to_wait_with_what_was_typed(self, world: World) -> None:
        page = world.me.send("/add_message", text=TYPED)
        assert_says_later(page)
        assert page.value("text") == TYPED
        page = world.visitor().send("/register", username="typed name", **FORM)
        assert_says_later(page)
        assert page.value("username") == "typed name"
        page = world.visitor().send("/login", username=world.friend, password=PASSWORD)
        assert_says_later(page)
        assert_says_later(world.me.send(f"/{quoted(world.friend)}/follow"))

    def test_the_simulator_has_to_wait(self, world: World) -> None:
        for answer in (
            world.simulator.register(world.new_name()),
            world.simulator.tweet(world.friend, "x"),
            world.simulator.get("/msgs"),
            world.simulator.change(world.friend, follow=world.friend),
            world.simulator.get("/latest"),
        ):
            assert_simulator_waits(answer, 503)
