"""Signing up: the first failing check answers."""

from dataclasses import dataclass

from web.clients.answers import Refused
from web.clients.users import Users

TAKEN = "username-taken"
MISMATCH = "The two passwords do not match"
_FIELDS = {
    "invalid-username": "username",
    "invalid-email": "email",
    "invalid-password": "password",
    TAKEN: "username",
}


@dataclass(frozen=True)
class RegistrationForm:
    """What was typed."""

    username: str = ""
    email: str = ""
    password: str = ""
    password2: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong, in words for people, and in which field; `is_taken`: somebody has the name."""

    field: str
    text: str
    is_taken: bool = False


def register(users: Users, form: RegistrationForm) -> Fault | None:
    """Make the account; the first fault if it can't be made. Unavailable if users is away."""
    fault = _first_fault(form)
    if fault is not None:
        return fault
    try:
        users.register(form.username, form.email, form.password)
    except Refused as refused:
        is_taken = refused.slug == TAKEN
        return Fault(_FIELDS.get(refused.slug, ""), refused.detail, is_taken)
    return None


def _first_fault(form: RegistrationForm) -> Fault | None:
    # Users checks these too. They stand here because the second password, which users never
    # sees, is judged after them and before a name that is taken.
    if not form.username.strip():
        return Fault("username", "You have to enter a username")
    if "@" not in form.email:
        return Fault("email", "You have to enter a valid email address")
    if not form.password:
        return Fault("password", "You have to enter a password")
    if form.password != form.password2:
        return Fault("password2", MISMATCH)
    return None
