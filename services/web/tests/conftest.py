"""web's real app; the other services are fakes at the network's edge."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.config import HttpUrl, Secret
from chassis.http_client import Provider
from chassis.testing import connect, unplug
from services.web.tests import fakes
from tests.system import PATIENCE
from web import latest, providers, visitor
from web.app import create_app
from web.config import Config

PASSWORD = "secret"


@cache
def assembled(**settings: Any) -> tuple[Flask, Config]:
    """The app, once for all tests with the same settings: compiling templates takes long."""
    config = Config(
        users_url=HttpUrl("http://users"),
        messages_url=HttpUrl("http://messages"),
        followers_url=HttpUrl("http://followers"),
        **{"secret_keys": Secret("a current key,an older key"), **settings},
    )
    return create_app(config), config


class Site:
    """The app, what the services behind it know, and switches to stop these."""

    def __init__(self, **settings: Any) -> None:
        self.world = fakes.World()
        self.app, config = assembled(**settings)
        providers.init_app(self.app, config)
        visitor.forget_all(self.app)
        self._services = {
            "users": fakes.users(self.world),
            "messages": fakes.messages(self.world),
            "followers": fakes.followers(self.world),
        }
        for name in self._services:
            self.start(name)

    def start(self, name: str, instead: Flask | None = None) -> None:
        """The service itself, or another app in its place."""
        for provider in self._ways_to(name):
            connect(provider, instead or self._services[name])

    def stop(self, *names: str) -> None:
        for name in names:
            for provider in self._ways_to(name):
                unplug(provider)

    def browser(self) -> "Browser":
        return Browser(self)

    def _ways_to(self, name: str) -> Iterator[Provider]:
        yield getattr(providers.of(self.app), name).provider
        yield from (each for each in latest.of(self.app).providers if each.name == name)


class Page:
    """An answer, as somebody who reads it sees it."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        self.soup = BeautifulSoup(answer.text, "html.parser")
        answer.close()

    @property
    def path(self) -> str:
        return self.answer.request.path

    def texts(self, selector: str) -> list[str]:
        return [" ".join(found.text.split()) for found in self.soup.select(selector)]

    def text(self, selector: str) -> str:
        (only,) = self.texts(selector)
        return only

    def value(self, name: str) -> str:
        """What stands in a form's field; HTML drops the first line break of a textarea."""
        field = self.soup.select_one(f'[name="{name}"]')
        assert field is not None, f"no field {name}"
        if field.name == "textarea":
            return field.text.removeprefix("\n")
        return str(field.get("value", ""))


class Browser:
    """A client with a cookie jar; `go` and `send` follow redirects, `get` and `post` don't.

    All read what they get to its end.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http: FlaskClient = site.app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.http.get(path, buffered=True, **options)

    def post(self, path: str, **fields: str) -> TestResponse:
        return self.http.post(path, data=fields, buffered=True)

    def go(self, path: str) -> Page:
        return Page(self.http.get(path, follow_redirects=True))

    def send(self, path: str, **fields: str) -> Page:
        return Page(self.http.post(path, data=fields, follow_redirects=True))

    def register(self, username: str, password: str = PASSWORD, **other: str) -> Page:
        fields = {"email": f"{username}@example.org", "password2": password, **other}
        return self.send("/register", username=username, password=password, **fields)

    def log_in(self, username: str, password: str = PASSWORD) -> Page:
        return self.send("/login", username=username, password=password)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    """Its services may take as long as this machine needs, for latest too."""
    monkeypatch.setattr(latest, "ALL_SECONDS", PATIENCE)
    return Site()


@pytest.fixture
def anybody(site: Site) -> Browser:
    """Somebody who is not signed in."""
    return site.browser()


@pytest.fixture
def jane(site: Site) -> Browser:
    """Somebody who is signed in, as jane."""
    browser = site.browser()
    browser.register("jane")
    browser.log_in("jane")
    return browser


@pytest.fixture
def joe(site: Site) -> Browser:
    """Somebody else who is signed in, as joe."""
    browser = site.browser()
    browser.register("joe")
    browser.log_in("joe")
    return browser
