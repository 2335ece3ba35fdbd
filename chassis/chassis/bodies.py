"""What came in a request's body, whatever its Content-Type says."""

import re
from typing import Any

import orjson
from flask import request

from chassis.errors import BadRequest

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def json_object() -> dict[str, Any]:
    """The body as a JSON object; BadRequest (400) for anything else."""
    try:
        body = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def text(body: dict[str, Any], key: str) -> str:
    """A string out of a body; a missing key or another type counts as empty."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def uuid(body: dict[str, Any], key: str) -> str | None:
    """A UUID out of a body, None without one; BadRequest (400) for anything else."""
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise BadRequest(f"{key} must be a UUID.")
    return value


def ids(body: dict[str, Any], key: str, most: int) -> list[int]:
    """A list of at most `most` ids out of a body; BadRequest (400) for anything else."""
    value = body.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise BadRequest(f"{key} must be a list of at most {most} ids.")
    ids: list[Any] = value if set(map(type, value)) == {int} else [whole(each) for each in value]
    if None in ids or (ids and not 0 < min(ids) <= max(ids) < 2**63):
        raise BadRequest(f"{key} must hold ids and nothing else.")
    return ids


def whole(value: object) -> int | None:
    """The value as an int, since JSON does not tell 1.0 from 1; None if it is no whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None
