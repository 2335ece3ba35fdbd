"""CONTRACT A.5 and A.6 through the gateway."""

import re
from collections.abc import Callable

import pytest

from tests.people import Browser, Simulator, quoted
from tests.system import System

LONGEST = 10_000


@pytest.mark.contract("A.5 Exactly the keys content (as sent, unescaped), pub_date, user")
@pytest.mark.parametrize(
    "text",
    [
        "<b>&amp;\"'</b>",
        "zwei\nZeilen\r\n\tTab",
        "🦜 née 名",
        "\\ud800 \\n",
        "  spaces  ",
        "0",
        " ",
    ],
)
def test_a_message_comes_back_as_it_was_sent(simulator: Simulator, name: str, text: str) -> None:
    simulator.register(name)
    assert simulator.tweet(name, text).status_code == 204
    for message in (simulator.messages(name)[0], simulator.messages()[0]):
        assert set(message) == {"content", "pub_date", "user"}
        assert (message["content"], message["user"]) == (text, name)


@pytest.mark.contract('A.5 pub_date is a string in UTC, "2019-12-01 12:00:00"')
def test_a_date_is_a_string_in_utc(simulator: Simulator, me: Browser) -> None:
    simulator.tweet(me.name, "when?")
    (message,) = simulator.messages(me.name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", message["pub_date"])
    shown = me.go(f"/{quoted(me.name)}").one("time")["datetime"]
    assert str(shown).replace("T", " ")[:19] == message["pub_date"]
    assert str(shown).endswith("+00:00")


@pytest.mark.contract("A.5 Newest first; equal times by id, descending")
def test_messages_are_newest_first(simulator: Simulator, registered: Callable[[], str]) -> None:
    one, other = registered(), registered()
    sent = [(author, str(n)) for n in range(6) for author in (one, other)]
    for author, text in sent:
        simulator.tweet(author, text)
    newest = [(each["user"], each["content"]) for each in simulator.messages(no=12)]
    assert newest == sent[::-1]
    assert [each["content"] for each in simulator.messages(one)] == list("543210")


@pytest.mark.contract("A.3 GET /msgs/{name}: 200 list, [] if none")
def test_whoever_wrote_nothing_has_an_empty_list(simulator: Simulator, name: str) -> None:
    simulator.register(name)
    assert simulator.messages(name) == []
    assert simulator.follows(name) == []


@pytest.mark.contract("A.5 Flagged messages are hidden everywhere")
@pytest.mark.contract("B A tool sets and clears flagged by message id")
@pytest.mark.contract("B … and lists messages with their flags")
def test_a_flagged_message_is_hidden_until_it_is_unflagged(
    system: System, simulator: Simulator, me: Browser
) -> None:
    text = f"flag me {me.name}"
    simulator.tweet(me.name, text)
    number, *rest = listed(system, text).split()
    assert "hidden" not in rest
    system.run("dev.moderate", "flag", ID=number)
    assert text in hidden(system)
    assert simulator.messages(me.name) == []
    assert text not in [each["content"] for each in simulator.messages()]
    for path in ("/", "/public", f"/{quoted(me.name)}"):
        assert text not in me.go(path).messages
    system.run("dev.moderate", "unflag", ID=number)
    assert simulator.messages(me.name)[0]["content"] == text
    assert text in me.go("/public").messages
    assert text not in hidden(system)


def listed(system: System, text: str) -> str:
    """A message's line in `make flagged ALL=yes`."""
    lines = system.run("dev.moderate", "list").stdout.splitlines()
    return next(line for line in lines if text in line)


def hidden(system: System) -> str:
    """What `make flagged` shows."""
    return system.run("dev.moderate", "list", "--flagged").stdout


@pytest.mark.contract("A.5 no: default 100; no integer: default; 0 gives []; else clamped")
@pytest.mark.parametrize(
    ("no", "count"),
    [(None, 100), ("", 100), ("x", 100), ("1.5", 100), (0, 0), (1, 1), (101, 101), (-5, 0)],
)
def test_no_says_how_many(simulator: Simulator, author_of_102: str, no: object, count: int) -> None:
    params = {} if no is None else {"no": no}
    assert len(simulator.messages(author_of_102, **params)) == count
    assert len(simulator.messages(**params)) == count
    assert len(simulator.follows(author_of_102, **params)) == min(count, 1)


@pytest.mark.contract("A.5 Texts up to 10,000 characters here, longer is 400")
@pytest.mark.parametrize("letter", ["x", "🦜"])
def test_a_text_has_at_most_10000_characters(simulator: Simulator, name: str, letter: str) -> None:
    simulator.register(name)
    # requests writes JSON in ASCII: each parrot is 12 bytes on the wire.
    assert simulator.tweet(name, letter * LONGEST).status_code == 204
    assert simulator.messages(name)[0]["content"] == letter * LONGEST
    answer = simulator.tweet(name, letter * (LONGEST + 1))
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert len(simulator.messages(name)) == 1


@pytest.mark.contract("A.5 NUL bytes are refused")
@pytest.mark.contract("A.3 POST /msgs/{name}: 400 bad body or empty text")
@pytest.mark.parametrize("text", ["a\0b", "\0", ""])
def test_a_text_that_is_empty_or_holds_a_nul_is_400(
    simulator: Simulator, name: str, text: str
) -> None:
    simulator.register(name)
    answer = simulator.tweet(name, text)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert simulator.messages(name) == []


@pytest.mark.contract("A.6 Following twice is one follow, 204")
def test_following_twice_is_one_follow(simulator: Simulator, registered: Callable[[], str]) -> None:
    one, other = registered(), registered()
    assert simulator.change(one, follow=other).status_code == 204
    assert simulator.change(one, follow=other).status_code == 204
    assert simulator.follows(one) == [other]
    assert simulator.follows(other) == []


@pytest.mark.contract("A.6 Unfollowing someone not followed: 204")
def test_unfollowing_is_204_also_where_nobody_is_followed(
    simulator: Simulator, registered: Callable[[], str]
) -> None:
    one, other = registered(), registered()
    assert simulator.change(one, unfollow=other).status_code == 204
    simulator.change(one, follow=other)
    assert simulator.change(one, unfollow=other).status_code == 204
    assert simulator.follows(one) == []


@pytest.mark.contract("A.6 Self-follow: 204")
def test_people_may_follow_themselves(simulator: Simulator, name: str) -> None:
    simulator.register(name)
    assert simulator.change(name, follow=name).status_code == 204
    assert simulator.follows(name) == [name]


@pytest.mark.contract("A.6 Both keys: follow wins")
def test_with_both_keys_follow_wins(simulator: Simulator, registered: Callable[[], str]) -> None:
    one, other, third = registered(), registered(), registered()
    simulator.change(one, follow=third)
    assert simulator.change(one, unfollow=third, follow=other).status_code == 204
    assert set(simulator.follows(one)) == {other, third}


@pytest.mark.contract("A.6 Unknown actor is 404 even if the target is unknown too")
@pytest.mark.contract("A.3 POST /fllws/{name} 404 actor or target unknown, 400 neither key")
def test_an_unknown_actor_or_target_is_404_and_neither_key_400(
    simulator: Simulator, registered: Callable[[], str], name: str
) -> None:
    one = registered()
    for actor, target in ((name, one), (one, name), (name, name)):
        for key in ("follow", "unfollow"):
            assert simulator.change(actor, **{key: target}).status_code == 404
    assert simulator.change(one).status_code == 400
    assert simulator.change(one, other=one).status_code == 400


@pytest.fixture(scope="module")
def author_of_102(simulator: Simulator, new_name: Callable[[], str]) -> str:
    name = new_name()
    simulator.register(name)
    for number in range(102):
        simulator.tweet(name, str(number))
    simulator.change(name, follow=name)
    return name
