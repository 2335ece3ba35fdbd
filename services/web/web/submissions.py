"""Which form a message was written in, so that one that is sent twice is posted once.

The same text in the same form is the same message: whoever got no answer, or pressed the button
twice, sends it again. What is changed before it is sent again is another one.
"""

from uuid import UUID, uuid4, uuid5

from flask import request

FIELD = "submission"


def of_form() -> str:
    """A form's hidden value: the one of the submitted form, which is shown again, or a new one."""
    return str(_sent() or uuid4())


def key(text: str) -> str | None:
    """The idempotency key of this text in the submitted form; None if that has no hidden value."""
    sent = _sent()
    return str(uuid5(sent, text)) if sent else None


def _sent() -> UUID | None:
    try:
        return UUID(request.form.get(FIELD, ""))
    except ValueError:
        return None
