"""The demo world, and how it comes into the real services."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from flask import Flask

from chassis import testing
from chassis.config import DatabaseUrl, HttpUrl, Secret
from dev.demo.services import Messages, Services
from dev.demo.world import Person, Said, World, world
from dev.seed import PASSWORD, moments, seed
from dev.tests.adapters import Unplugged, WsgiAdapter
from dev.trouble import Trouble
from followers import people
from followers.app import create_app as create_followers
from followers.config import Config as FollowersConfig
from followers.models import db as followers_db
from users.app import create_app as create_users
from users.config import Config as UsersConfig
from users.models import db as users_db

ADA, LEO = Person("Ada Å", ("coffee",)), Person("Leo", ("coffee",))
SAID = [Said(LEO.name, "First!", 900), Said(ADA.name, "Buy!!", 600, True), Said(LEO.name, "Hm", 60)]
SMALL = World(ADA, [ADA, LEO], [(ADA.name, LEO.name)], SAID)


@pytest.fixture(scope="module")
def keys() -> testing.Keys:
    return testing.Keys()


@pytest.fixture
def users(database_urls: Any, keys: testing.Keys) -> Iterator[Flask]:
    config = UsersConfig(
        database_url=DatabaseUrl(database_urls["users"].service_url),
        token_public_keys=keys.jwks,
        token_signing_key=Secret(keys.pem),
    )
    yield from emptied(create_users(config), users_db)


@pytest.fixture
def followers(database_urls: Any, keys: testing.Keys, users: Flask) -> Iterator[Flask]:
    config = FollowersConfig(
        database_url=DatabaseUrl(database_urls["followers"].service_url),
        token_public_keys=keys.jwks,
        users_url=HttpUrl("http://users"),
    )
    app = create_followers(config)
    testing.connect(people.of(app).provider, users)
    yield from emptied(app, followers_db)


def emptied(app: Flask, db: Any) -> Iterator[Flask]:
    with app.app_context():
        testing.empty(db)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def services(users: Flask, followers: Flask) -> Services:
    services = Services("http://users", "http://followers")
    services.http.mount("http://users", WsgiAdapter(users))
    services.http.mount("http://followers", WsgiAdapter(followers))
    return services


@pytest.fixture
def messages(database_urls: Any) -> Iterator[Messages]:
    url = database_urls["messages"].service_url
    query(url, "DELETE FROM messages.messages RETURNING id")
    with closing(Messages(url)) as messages:
        yield messages


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    with (
        closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_world_is_the_same_each_time() -> None:
    assert world() == world()
    assert world(seed=2) != world()


def test_some_40_people_say_some_600_things_in_30_days() -> None:
    demo = world()
    assert 38 <= len(demo.people) <= 45
    assert 500 <= len(demo.said) <= 700
    assert 29 * 86_400 < demo.said[0].seconds_ago <= 30 * 86_400
    assert demo.said[-1].seconds_ago < 3600
    assert 4 <= sum(one.flagged for one in demo.said) <= 10


def test_the_world_is_told_in_the_order_of_time() -> None:
    ago = [one.seconds_ago for one in world().said]
    assert ago == sorted(ago, reverse=True)


def test_everybody_in_the_world_has_a_name_of_their_own() -> None:
    demo = world()
    names = Counter(person.name for person in demo.people)
    assert set(names.values()) == {1}
    assert {name for pair in demo.follows for name in pair} <= set(names)
    assert {one.author for one in demo.said} <= set(names)
    assert all(follower != followee for follower, followee in demo.follows)
    assert any(follower == demo.demo.name for follower, _ in demo.follows)


def test_no_sentence_has_an_empty_slot_or_is_too_long() -> None:
    for one in world().said:
        assert not set("{}") & set(one.text)
        assert len(one.text) <= 140


def test_what_is_said_first_is_no_longer_ago_than_what_is_there() -> None:
    """Ids and times have one order, also in a system that somebody has used before."""
    now = datetime.now(UTC)
    assert moments(SAID, now, None)[0] == now - timedelta(seconds=900)
    assert moments(SAID, now, now - timedelta(days=9))[0] == now - timedelta(seconds=900)
    squeezed = moments(SAID, now, now - timedelta(seconds=90))
    assert squeezed == [now - timedelta(seconds=seconds) for seconds in (90, 60, 6)]


def test_seeding_fills_the_real_services(
    services: Services, messages: Messages, users: Flask, followers: Flask, database_urls: Any
) -> None:
    assert seed(SMALL, services, messages) == 3
    rows = query(
        database_urls["messages"].service_url,
        "SELECT author_name, text, flagged FROM messages.messages ORDER BY published_at",
    )
    assert rows == [(one.author, one.text, one.flagged) for one in SAID]
    ada = services.account(ADA.name, ADA.email, PASSWORD)
    counts = followers.test_client().get(f"/v1/users/{ada.id}/counts").json
    assert counts == {"followers": 0, "followees": 1}


def test_seeding_twice_is_seeding_once(
    services: Services, messages: Messages, database_urls: Any
) -> None:
    seed(SMALL, services, messages)
    assert seed(SMALL, services, messages) == 0
    url = database_urls["messages"].service_url
    assert query(url, "SELECT count(*) FROM messages.messages") == [(3,)]


def test_somebody_elses_account_is_left_alone(services: Services, messages: Messages) -> None:
    services.account(LEO.name, "leo@elsewhere.example", "another password")
    with pytest.raises(Trouble, match="Somebody else is called Leo here"):
        seed(SMALL, services, messages)
    assert messages.newest() is None


def test_a_stopped_service_is_one_line(services: Services) -> None:
    services.http.mount("http://users", Unplugged())
    with pytest.raises(Trouble, match="does not answer"):
        services.account("Ada", "a@b.example", "x")
