"""The service against its openapi.yaml: the same routes, and generated requests."""

from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    positive_data_acceptance,
    status_code_conformance,
)

from chassis import draining
from services.web.tests.conftest import Browser, Site
from tests.documented import Document, leads_to_its_operation, served

document = Document(Path(__file__).parents[1] / "openapi.yaml")


@pytest.fixture
def cookie(site: Site, jane: Browser) -> str:
    for number in range(40):
        site.world.say("jane", f"number {number}")
    document.app = site.app
    found = jane.http.get_cookie("minitwit")
    assert found is not None
    return found.value


@pytest.mark.fuzz
@pytest.mark.timeout(1200)
@document.schema.parametrize()
@document.requests(240)
def test_generated_requests_are_answered_as_documented(case: Any, cookie: str) -> None:
    is_form = case.path in ("/login", "/register")
    # That the two new passwords are the same can't be said in a schema; and the cookie is
    # signed, so the check that makes up its own would only ever be somebody signed out.
    excluded = [ignored_auth]
    if case.path == "/settings/password":
        excluded.append(positive_data_acceptance)
    cookies = {} if is_form else {"minitwit": cookie}
    case.call_and_validate(cookies=cookies, excluded_checks=excluded)


@pytest.mark.parametrize(("name", "leads"), [("login", False), ("log in", True)])
def test_a_generated_name_is_no_other_page(name: str, leads: bool) -> None:
    case = document.schema["/{name}"]["GET"].Case(path_parameters={"name": name})
    assert leads_to_its_operation(None, case) is leads


@pytest.mark.parametrize("is_draining", [False, True])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version"])
def test_probes_answer_as_documented_while_they_drain_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str, is_draining: bool
) -> None:
    monkeypatch.setattr(draining, "has_begun", lambda: is_draining)
    document.app = site.app
    case = document.schema[path]["GET"].Case()
    answer = case.call_and_validate(checks=[status_code_conformance])
    assert answer.status_code == (503 if is_draining and path == "/readyz" else 200)


def test_a_form_that_is_too_large_is_refused_as_documented(
    site: Site, anybody: Browser, jane: Browser, joe: Browser
) -> None:
    for method, path, described in document.operations():
        if method == "POST" and "requestBody" in described:
            sender = anybody if path in ("/login", "/register") else jane
            form = {"author": "x" * site.app.config["MAX_CONTENT_LENGTH"]}
            answer = sender.post(path.format(name="joe", message_id=1), **form)
            assert answer.status_code == 413
            assert "413" in described["responses"], path


def test_the_routes_are_the_documented_ones(site: Site) -> None:
    assert served(site.app) == document.routes()
