"""web's real app; the other services are fakes at the network's edge."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis.config import HttpUrl, Secret
from chassis.http_client import Provider
from chassis.testing import connect, unplug
from services.web.tests import fakes
from web import latest, providers
from web.app import create_app
from web.config import Config


class Site:
    """The app, what the services behind it know, and switches to stop them."""

    def __init__(self, **settings: Any) -> None:
        self.world = fakes.World()
        self.app: Flask = create_app(
            Config(
                users_url=HttpUrl("http://users"),
                messages_url=HttpUrl("http://messages"),
                followers_url=HttpUrl("http://followers"),
                **{"secret_keys": Secret("a current key,an older key"), **settings},
            )
        )
        self._fakes = {
            "users": fakes.users(self.world),
            "messages": fakes.messages(self.world),
            "followers": fakes.followers(self.world),
        }
        for name in self._fakes:
            self.start(name)

    def start(self, name: str) -> None:
        for provider in self._ways_to(name):
            connect(provider, self._fakes[name])

    def stop(self, name: str) -> None:
        for provider in self._ways_to(name):
            unplug(provider)

    def browser(self) -> "Browser":
        return Browser(self)

    def _ways_to(self, name: str) -> Iterator[Provider]:
        yield getattr(providers.of(self.app), name).provider
        yield from (each for each in latest.of(self.app).providers if each.name == name)


class Browser:
    """A client with a cookie jar that follows no redirect unasked."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http: FlaskClient = site.app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.http.get(path, **options)

    def post(self, path: str, **fields: str) -> TestResponse:
        return self.http.post(path, data=fields)

    def page(self, path: str) -> str:
        """The HTML at a path, redirects followed."""
        return self.http.get(path, follow_redirects=True).text

    def sign_up(self, name: str, password: str = "secret") -> TestResponse:
        return self.post(
            "/register", username=name, email=f"{name}@example.org",
            password=password, password2=password,
        )

    def sign_in(self, name: str, password: str = "secret") -> TestResponse:
        if name not in self.site.world.accounts:
            self.sign_up(name, password)
            self.page("/login")
        answer = self.post("/login", username=name, password=password)
        self.page("/public")
        return answer


def words(html: str) -> str:
    """HTML with its entities resolved, for comparing with what was typed."""
    return unescape(html)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


@pytest.fixture
def jane(site: Site) -> Browser:
    """Somebody who is signed in."""
    browser = site.browser()
    browser.sign_in("jane")
    return browser
