"""Which form a message was written in, so that one that is sent twice is posted once.

The same text in the same form is the same message: whoever got no answer, or pressed the button
twice, sends it again. What is changed before it is sent again is another one.
"""

from uuid import UUID, uuid4, uuid5

from flask import request

FIELD = "submission"


def of_form() -> str:
    """For a form's hidden field: that of the form at hand, which is shown again, or a new one."""
    return str(_sent() or uuid4())


def key(text: str) -> str | None:
    """What stands for this text in the form at hand; None where that does not say which it is."""
    sent = _sent()
    return str(uuid5(sent, text)) if sent else None


def _sent() -> UUID | None:
    try:
        return UUID(request.form.get(FIELD, ""))
    except ValueError:
        return None
