"""What web asks of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from chassis.connections import Pending
from chassis.http_client import Answer, Provider
from web.clients.answers import Refused, accept, is_done, parsed
from web.clients.lists import Cursor, Page, page_in
from web.clients.users import Person

MOST_AUTHORS = 10_000
LONGEST_TEXT = 10_000
TOO_LONG = f"A message has at most {LONGEST_TEXT:,} characters."
LONG_LETTERS = 1_500
LONG_LINES = 20
# Longer ones are few, and would take the memory of many.
KEPT_LETTERS = 500
KEPT = 10_000


@dataclass(frozen=True, eq=False)
class Message:
    """`moment` is `published_at` for people, in UTC; `is_long` is what would fill the screen.

    A message never changes. One that `is_kept`, since it is small, is the same object whenever it
    is read again, so that what is made of it can be kept, too.
    """

    id: int
    author: Person
    text: str
    published_at: str
    moment: str
    is_long: bool
    is_kept: bool


class Messages:
    """Calls raise Unavailable when messages gives no answer, Refused when it says no."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def everybodys(self, cursor: Cursor) -> Pending[Page[Message]]:
        return self._page(self.provider.begin("GET", "/v1/messages", params=cursor.bounds()))

    def of(self, author_id: int, cursor: Cursor) -> Pending[Page[Message]]:
        """One author's messages."""
        path = f"/v1/users/{author_id}/messages"
        return self._page(self.provider.begin("GET", path, params=cursor.bounds()))

    def of_all(self, author_ids: Sequence[int], cursor: Cursor) -> Pending[Page[Message]]:
        """The messages of many authors in one timeline; only the first MOST_AUTHORS count."""
        body = {"author_ids": list(author_ids[:MOST_AUTHORS]), **cursor.bounds()}
        answer = self.provider.begin("POST", "/v1/timelines", json=body, repeatable=True)
        return self._page(answer)

    def post(self, access_token: str, text: str, key: str | None = None) -> None:
        """Post; sent again with the same key, it is stored once, even if the first answer was lost.

        A text that is too long is refused here, since it may exceed any body that messages reads.
        """
        if len(text) > LONGEST_TEXT:
            too_long = f"{TOO_LONG} This one has {len(text):,}."
            raise Refused(self.provider.name, 400, "text-too-long", too_long)
        body = {"text": text, "idempotency_key": key}
        answer = self.provider.call(
            "POST", "/v1/messages", token=access_token, json=body, repeatable=key is not None
        )
        accept(self.provider, answer, 201)

    def delete(self, access_token: str, message_id: int) -> bool:
        """Delete a message; False if there is no such message, or none any more."""
        path = f"/v1/messages/{message_id}"
        answer = self.provider.call("DELETE", path, token=access_token)
        return is_done(self.provider, answer, unless=404)

    def _page(self, answer: Pending[Answer]) -> Pending[Page[Message]]:
        return parsed(self.provider, answer, lambda body: page_in(body, _message))


def _message(item: dict[str, Any]) -> Message:
    author, text = item["author"], str(item["text"])
    id_, author_id, name = int(item["id"]), int(author["id"]), str(author["name"])
    is_kept = len(text) <= KEPT_LETTERS
    make = _made_once if is_kept else _made
    return make(id_, author_id, name, text, str(item["published_at"]), is_kept)


def _made(
    id_: int, author_id: int, name: str, text: str, published_at: str, is_kept: bool
) -> Message:
    # Cut out, since strftime takes longer than all else about a message.
    at = datetime.fromisoformat(published_at).astimezone(UTC).isoformat(timespec="milliseconds")
    moment = f"{at[:10]} @ {at[11:16]}"
    is_long = len(text) > LONG_LETTERS or _line_ends(text) > LONG_LINES
    return Message(id_, Person(author_id, name), text, at, moment, is_long, is_kept)


def _line_ends(text: str) -> int:
    """How often a browser begins a new line: it does so for a carriage return alone, too."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


_made_once = lru_cache(maxsize=KEPT)(_made)
