"""The other services as far as web sees them, in memory, behind the same HTTP interface.

That the real ones speak like this is what tests/contracts holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify, request

from chassis.app import LARGEST_BODY

MOST_AUTHORS = 10_000
START = datetime(2026, 11, 22, 15, 4, 5, 123456, tzinfo=UTC)
Answer = Response | tuple[Any, int]


@dataclass
class World:
    """What the three services know."""

    accounts: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    follows: set[tuple[int, int]] = field(default_factory=set)
    latest: dict[str, tuple[int | None, str | None]] = field(default_factory=dict)
    posted: dict[tuple[str, str | None], int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    request_ids: set[str | None] = field(default_factory=set)
    # Of all sessions, and for how long it stands; None: as users answered before it knew of it.
    revision: str | None = None
    lease_seconds: float = 0.0
    # Whether the answer to ending a session gets lost, so that it is asked for once more.
    loses_answers: bool = False

    def id_of(self, name: str) -> int:
        return list(self.accounts).index(name) + 1

    def person(self, name: str) -> dict[str, Any]:
        return {"id": self.id_of(name), "name": name}

    def people(self, ids: Iterable[int]) -> list[dict[str, Any]]:
        return [self.person(list(self.accounts)[number - 1]) for number in sorted(ids)]

    def say(self, name: str, text: str) -> int:
        number = len(self.messages) + 1
        moment = START + timedelta(minutes=number)
        author, when = self.person(name), moment.isoformat().replace("+00:00", "Z")
        self.messages.append({"id": number, "author": author, "text": text, "published_at": when})
        return number

    def say_once(self, name: str, text: str, key: str | None) -> int:
        known = self.posted.get((name, key)) if key else None
        self.posted[name, key] = known or self.say(name, text)
        return self.posted[name, key]

    def by(self, author_ids: list[int]) -> list[dict[str, Any]]:
        return [each for each in self.messages if each["author"]["id"] in author_ids]

    def counts(self, who: int, follower: str | None) -> dict[str, int]:
        seen = {
            "followers": sum(b == who for _, b in self.follows),
            "followees": sum(a == who for a, _ in self.follows),
        }
        if follower:
            seen["is_followed"] = (int(follower), who) in self.follows
        return seen

    def lease(self) -> dict[str, Any]:
        told = {"revision": self.revision, "lease_seconds": self.lease_seconds}
        return told if self.revision is not None else {}

    def whose(self) -> str | None:
        """Whom the access token at hand speaks for."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer access of ")
        return self.sessions.get(token)


def refuse(status: int, slug: str, detail: str = "") -> Answer:
    return jsonify(status=status, slug=slug, detail=detail), status


def ended(world: World) -> Answer:
    return refuse(401, "unauthorized") if world.loses_answers else Response(status=204)


def fault_of(text: str) -> tuple[str, str] | None:
    if not text:
        return "empty-text", "The text is empty"
    if len(text) > 10_000:
        return "text-too-long", "A message has at most 10,000 characters."
    return ("bad-request", "The text can't be kept") if "\0" in text else None


def service(world: World, name: str) -> Flask:
    """An app that notes each call and knows the service's `latest`."""
    app = Flask(name)
    app.url_map.merge_slashes = False

    @app.before_request
    def note() -> Answer | None:
        world.calls.append(f"{name} {request.method} {request.path}")
        world.request_ids.add(request.headers.get("X-Request-ID"))
        if (request.content_length or 0) > LARGEST_BODY:
            return refuse(413, "request-entity-too-large", "Too large")
        return None

    @app.get("/simulator/latest")
    def latest() -> Answer:
        value, at = world.latest.get(name, (None, None))
        return jsonify(latest=value, recorded_at=at)

    return app


def paged(every: list[dict[str, Any]], bounds: Any) -> Response:
    """Newest first, like the chassis's pages."""
    limit, before, after = (int(bounds.get(key) or 0) for key in ("limit", "before", "after"))
    inside = [each for each in every if after < each["id"] < (before or each["id"] + 1)]
    kept = inside[:limit] if after else inside[-limit:]
    older, newer = (beyond(edge, kept, every) for edge in (0, -1))
    return jsonify(items=kept[::-1], older=older, newer=newer)


def beyond(edge: int, kept: list[dict[str, Any]], every: list[dict[str, Any]]) -> int | None:
    """A cursor, unless the page ends where all ends."""
    return kept[edge]["id"] if kept and kept[edge] != every[edge] else None


def users(world: World) -> Flask:
    app = service(world, "users")
    _accounts(app, world)
    _sessions(app, world)
    _passwords(app, world)
    return app


def _accounts(app: Flask, world: World) -> None:
    @app.post("/v1/users")
    def register() -> Answer:
        body = request.get_json()
        if "\0" in body["username"]:
            return refuse(400, "invalid-username", "The username has control characters")
        if len(body["email"]) > 1000:
            return refuse(400, "invalid-email", "The email address is too long")
        if body["username"] in world.accounts:
            return refuse(409, "username-taken", "The username is already taken")
        world.accounts[body["username"]] = body["password"]
        return jsonify(world.person(body["username"])), 201

    @app.get("/v1/users/by-name/<name>")
    def by_name(name: str) -> Answer:
        if name not in world.accounts:
            return refuse(404, "user-not-found")
        return jsonify(world.person(name))


def _sessions(app: Flask, world: World) -> None:
    @app.post("/v1/sessions")
    def log_in() -> Answer:
        body = request.get_json()
        if body["username"] not in world.accounts:
            return refuse(401, "unknown-username", "Invalid username")
        if world.accounts[body["username"]] != body["password"]:
            return refuse(401, "wrong-password", "Invalid password")
        token = f"session {len(world.calls)}"
        world.sessions[token] = body["username"]
        return jsonify(session_token=token, **world.person(body["username"])), 201

    @app.post("/v1/access-tokens")
    def trade() -> Answer:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if token not in world.sessions:
            return refuse(401, "unauthorized")
        body = world.person(world.sessions[token]) | world.lease()
        return jsonify(access_token=f"access of {token}", expires_in=300, **body), 201

    @app.delete("/v1/sessions/current")
    def end_session() -> Answer:
        del world.sessions[request.headers["Authorization"].removeprefix("Bearer access of ")]
        return ended(world)

    @app.delete("/v1/sessions")
    def end_sessions() -> Answer:
        name = world.whose()
        world.sessions = {k: v for k, v in world.sessions.items() if v != name}
        return ended(world)


def _passwords(app: Flask, world: World) -> None:
    @app.post("/v1/password")
    def change_password() -> Answer:
        body, name = request.get_json(), world.whose()
        assert name is not None
        if world.accounts[name] != body["current_password"]:
            return refuse(403, "wrong-password", "The current password is wrong")
        if not body["new_password"]:
            return refuse(400, "invalid-password", "You have to enter a password")
        world.accounts[name] = body["new_password"]
        return Response(status=204)


def messages(world: World) -> Flask:
    app = service(world, "messages")
    _timelines(app, world)
    _posting(app, world)
    return app


def _timelines(app: Flask, world: World) -> None:
    @app.get("/v1/messages")
    def everybodys() -> Response:
        return paged(world.messages, request.args)

    @app.get("/v1/users/<int:author_id>/messages")
    def of(author_id: int) -> Response:
        return paged(world.by([author_id]), request.args)

    @app.post("/v1/timelines")
    def of_all() -> Answer:
        body = request.get_json()
        if len(body["author_ids"]) > MOST_AUTHORS:
            return refuse(400, "bad-request", "too many authors")
        return paged(world.by(body["author_ids"]), body)


def _posting(app: Flask, world: World) -> None:
    @app.post("/v1/messages")
    def post() -> Answer:
        name, body = world.whose(), request.get_json()
        if name is None:
            return refuse(401, "unauthorized")
        if (fault := fault_of(body["text"])) is not None:
            return refuse(400, *fault)
        return jsonify(id=world.say_once(name, body["text"], body["idempotency_key"])), 201

    @app.delete("/v1/messages/<int:number>")
    def delete(number: int) -> Answer:
        found = [each for each in world.messages if each["id"] == number]
        if not found:
            return refuse(404, "message-not-found")
        if found[0]["author"]["name"] != world.whose():
            return refuse(403, "not-yours")
        world.messages.remove(found[0])
        return Response(status=204)


def followers(world: World) -> Flask:
    app = service(world, "followers")

    @app.route("/v1/followees/<name>", methods=["PUT", "DELETE"])
    def set_follow(name: str) -> Answer:
        me = world.whose()
        if me is None:
            return refuse(401, "unauthorized")
        if name not in world.accounts:
            return refuse(404, "user-not-found")
        change = world.follows.add if request.method == "PUT" else world.follows.discard
        change((world.id_of(me), world.id_of(name)))
        return Response(status=204)

    @app.get("/v1/users/<int:who>/followee-ids")
    def followee_ids(who: int) -> Response:
        return jsonify(ids=[b for a, b in world.follows if a == who])

    @app.get("/v1/users/<int:who>/followers")
    def followers(who: int) -> Response:
        return paged(world.people(a for a, b in world.follows if b == who), request.args)

    @app.get("/v1/users/<int:who>/followees")
    def followees(who: int) -> Response:
        return paged(world.people(b for a, b in world.follows if a == who), request.args)

    @app.get("/v1/users/<int:who>/counts")
    def counts(who: int) -> Response:
        return jsonify(world.counts(who, request.args.get("follower")))

    return app
