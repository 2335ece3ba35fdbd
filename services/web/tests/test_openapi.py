"""The service against its openapi.yaml: the same routes, and generated requests.

`FUZZ=10000` makes about that many requests; without it a few, always the same ones.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from services.web.tests.conftest import Browser, Site

DOCUMENT = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text())
METHODS = {"get", "put", "post", "delete"}


class Service:
    """Stands for the app while tests are collected; the first that runs puts it behind."""

    site: Site

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.site.app(environ, start_response)


service = Service()
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = service


def documented() -> Iterator[tuple[str, str, Any]]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS & item.keys():
            yield method.upper(), path, item[method]


def share_of_each() -> int:
    """Requests for each operation that takes any input; the others need only one."""
    takers = [path for _, path, item in documented() if "requestBody" in item or "{" in path]
    return int(os.environ.get("FUZZ", 200)) // len(takers)


@pytest.fixture
def cookie(site: Site, jane: Browser) -> str:
    for number in range(40):
        site.world.say("jane", f"number {number}")
    service.site = site
    found = jane.http.get_cookie("minitwit")
    assert found is not None
    return found.value


@pytest.mark.fuzz
@pytest.mark.timeout(1200)
@schema.parametrize()
@settings(
    max_examples=share_of_each(),
    derandomize="FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_are_answered_as_documented(case: Any, cookie: str) -> None:
    is_form = case.path in ("/login", "/register")
    # That the two new passwords are the same can't be said in a schema; and the cookie is
    # signed, so the check that makes up its own would only ever be somebody signed out.
    excluded = [ignored_auth]
    if case.path == "/settings/password":
        excluded.append(positive_data_acceptance)
    cookies = {} if is_form else {"minitwit": cookie}
    case.call_and_validate(cookies=cookies, excluded_checks=excluded)


def test_the_routes_are_the_documented_ones(site: Site) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(method, path) for method, path, _ in documented()}
