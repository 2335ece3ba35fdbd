"""Signing up, in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chassis.http_client import Unavailable
from web import cookies, visitor
from web.addresses import leading_on, safe
from web.clients.answers import Refused
from web.cross_site import changes_state, hides_its_source
from web.known_sessions import Visitor
from web.pages import confirmation, unavailable
from web.providers import providers
from web.registration import RegistrationForm
from web.registration import register as register_account

NOT_SIGNED_UP = (
    "We got no answer, so you probably have no account yet. Type your password again and try once "
    "more in a moment. If the username is taken then, it may be yours: try to sign in."
)
NOT_SIGNED_IN = "We got no answer, so we could not sign you in. Try again in a moment."

FIELDS = {"unknown-username": "username", "wrong-password": "password"}

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Sign Up, and go on to sign in, which leads on to the page that asked for it."""
    if me := visitor.look().visitor:
        return _signed_in_already(me)
    page_after = request.values.get("next", "")
    if request.method != "POST":
        return render_template("register.html", form=RegistrationForm(), next=page_after)
    username, email, password, password2 = map(
        _typed, ("username", "email", "password", "password2")
    )
    form = RegistrationForm(username.strip(), email, password, password2)
    try:
        fault = register_account(providers().users, form)
    except Unavailable:
        return unavailable("register.html", NOT_SIGNED_UP, form=form, next=page_after)
    if fault is not None:
        told = {"fault": fault.text, "wrong": fault.field, "is_taken": fault.is_taken}
        return render_template("register.html", form=form, next=page_after, **told)
    cookies.tell("You were successfully registered and can login now")
    return redirect(leading_on("accounts.login", page_after))


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Sign In, and go on to the page whose form it was, or home."""
    if me := visitor.look().visitor:
        return _signed_in_already(me)
    if request.method != "POST":
        return render_template("login.html", next=request.args.get("next", ""))
    form = {field: _typed(field) for field in ("username", "next")}
    try:
        visitor.sign_in(_session_of(form["username"], _typed("password")))
    except Refused as refused:
        wrong = FIELDS.get(refused.slug)
        return render_template("login.html", fault=refused.detail, wrong=wrong, **form)
    except Unavailable:
        return unavailable("login.html", NOT_SIGNED_IN, **form)
    cookies.tell("You were logged in")
    return redirect(safe(form["next"]))


@blueprint.route("/logout", methods=["GET", "POST"])
@changes_state
def logout() -> ResponseReturnValue:
    """Sign out: in this browser in any case, and at users unless that does not answer."""
    if hides_its_source():
        return confirmation("Sign out?", "Sign out", back=url_for("timelines.home"))
    try:
        me = visitor.look().visitor
        if me is not None:
            providers().users.end_session(me.access_token)
        ended = not visitor.look().in_doubt
    except (Unavailable, Refused):
        ended = False
    visitor.sign_out()
    cookies.tell("You were logged out")
    if not ended:
        cookies.tell(
            "Only this browser has forgotten you: the session itself could not be ended right "
            "now. To be sure, sign in again later and log out everywhere in the settings."
        )
    return redirect(url_for("timelines.public"))


def _signed_in_already(me: Visitor) -> ResponseReturnValue:
    """Where signing in would have led; whoever wanted to be somebody else is told why not."""
    if request.method == "POST" and _typed("username").strip() != me.name.strip():
        cookies.tell(f"You are signed in as {me.name}: sign out first to be somebody else")
    return redirect(safe(request.values.get("next", "")))


def _session_of(username: str, password: str) -> str:
    """A session's token. If the name fails as typed, try it without the spaces that phones add."""
    users = providers().users
    try:
        return users.log_in(username, password)
    except Refused:
        if username == username.strip():
            raise
        return users.log_in(username.strip(), password)


def _typed(field: str) -> str:
    return request.form.get(field, "")
