"""Who the visitor is: users trades the session token in the cookie for an access token.

It is traded only where a page needs to know, at most once per request; whatever else the page needs
can be asked for meanwhile. Each trade comes with a lease, during which sessions count as they were:
so only some of many requests need to trade. Whoever ends a session is told so only once all earlier
leases have run out, so nobody is let in after that. While users does not answer, the last access
token that this process got for the session serves until it expires, so people can go on posting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app, g, request, session

from chassis.connections import Pending
from chassis.errors import Problem, TryLater, Unauthorized
from chassis.http_client import Unavailable
from web import cookies, names
from web.clients.answers import Refused
from web.clients.users import Access
from web.known_sessions import KnownSessions, Visitor
from web.providers import providers

_EXTENSION = "minitwit_known_sessions"

T = TypeVar("T")
FIELD = "author"
_TOKEN = "token"  # noqa: S105 - the name of a key


class NotSignedIn(Unauthorized):
    """Nobody is signed in, and somebody has to be."""

    detail = "You have to be signed in to do this."
    headers = {"WWW-Authenticate": 'Session realm="MiniTwit"'}  # noqa: RUF012


class SomebodyElse(Problem):
    """The submitted form was made for somebody else than the visitor who is signed in now."""

    status = 409
    slug = "somebody-else"


class InDoubt(TryLater):
    """There is a session, and users can't be asked whose."""

    detail = "We can't check who you are right now, so nothing was done. Try again in a moment."


@dataclass(frozen=True)
class Look:
    """Who is signed in; None for nobody, and while it is in doubt."""

    visitor: Visitor | None
    in_doubt: bool = False


def init_app(app: Flask) -> None:
    """Let templates ask for `visitor` and `visitor_in_doubt`, and for `sent_author()`."""
    forget_all(app)
    app.jinja_env.globals.update(sent_author=sent_author)

    @app.context_processor
    def who() -> dict[str, object]:
        seen = look()
        return {"visitor": seen.visitor, "visitor_in_doubt": seen.in_doubt}


def forget_all(app: Flask) -> None:
    """Begin without knowing any session, as a new process does."""
    app.extensions[_EXTENSION] = KnownSessions()


def begin() -> None:
    """Ask users who this is, if need be, and wait for the answer only in `look`."""
    if "look_begun" not in g:
        g.look_begun = _begun()


def meanwhile(ask: Callable[[int | None], Pending[T]]) -> Pending[T]:
    """The result of `ask` for the visitor's id (None: nobody), begun before that id is certain.

    It is asked at once for whoever this process last knew the session to belong to, and again if
    that turns out to be wrong.
    """
    begin()
    is_expected, expected_id = _expected_id()
    begun = ask(expected_id) if is_expected else None

    def answer() -> T:
        me = look().visitor
        own_id = me.id if me else None
        return begun() if begun and own_id == expected_id else ask(own_id)()

    return answer


def look() -> Look:
    """Who is signed in, for a page that shows more to them."""
    if "look" not in g:
        begin()
        g.look = g.look_begun()
        if g.look.visitor:
            g.subject_id = g.look.visitor.id
    seen: Look = g.look
    return seen


def required() -> Visitor:
    """Who is signed in, for what only they may do; NotSignedIn (401) or InDoubt (503)."""
    seen = look()
    if seen.in_doubt:
        raise InDoubt
    if seen.visitor is None:
        raise NotSignedIn
    return seen.visitor


def is_made_for(me: Visitor) -> bool:
    """Whether the submitted form was made for this visitor; one that names nobody counts, too."""
    return bool(request.form.get(FIELD, me.name) == me.name)


def required_as_shown() -> Visitor:
    """The same, for a form that says whom it was made for: SomebodyElse (409) for anybody else."""
    me = required()
    if not is_made_for(me):
        raise SomebodyElse(
            f"You are signed in as {me.name} now, and this page was made for somebody else. "
            "Nothing was changed."
        )
    return me


def sent_author() -> str | None:
    """Whom the submitted form was made for: one that gives the text back still is.

    None where that is no name, which could take as much memory as the text.
    """
    sent = request.form.get(FIELD, "")
    return sent if names.is_possible(sent) else None


def sign_in(session_token: str) -> None:
    """Give the browser a new session, and nothing of what its cookie held before."""
    session.clear()
    session.permanent = True
    session[_TOKEN] = session_token


def sign_out() -> None:
    """Forget the session, here and in the browser."""
    token = session.pop(_TOKEN, None)
    if token is not None:
        _known_sessions().drop(token)
    session.pop("_permanent", None)
    g.look = Look(None)


def forget() -> None:
    """Have this session traded again: the access token that it was traded for is of no use."""
    token = session.get(_TOKEN)
    if token is not None:
        _known_sessions().drop(token)


def forget_sessions(of: Visitor) -> None:
    """Drop all that is known of a person's sessions, since they were ended."""
    _known_sessions().drop_of(of.id)


def _begun() -> Pending[Look]:
    token = session.get(_TOKEN)
    if token is None:
        return lambda: Look(None)
    if (visitor := _known_sessions().leased(token)) is not None:
        return lambda: Look(visitor)
    dropped = _known_sessions().dropped
    trade = providers().users.trade(token)
    return lambda: _traded(token, trade, dropped)


def _traded(token: str, trade: Pending[Access | None], dropped: int) -> Look:
    try:
        access = trade()
    except (Unavailable, Refused):
        last = _known_sessions().last_known(token)
        return Look(last, in_doubt=last is None)
    if access is None:
        sign_out()
        cookies.tell("Your session has ended: please sign in again")
        return Look(None)
    visitor = Visitor(access.person.id, access.person.name, access.token)
    _known_sessions().keep(token, visitor, access.seconds, access.lease, dropped)
    return Look(visitor)


def _expected_id() -> tuple[bool, int | None]:
    """Whether we can guess who this is, and the guess: an id, or None for nobody."""
    token = session.get(_TOKEN)
    last = _known_sessions().last_known(token) if token is not None else None
    return token is None or last is not None, last.id if last else None


def _known_sessions() -> KnownSessions:
    found: KnownSessions = current_app.extensions[_EXTENSION]
    return found
