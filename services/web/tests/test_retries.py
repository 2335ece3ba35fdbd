"""What is asked again where a connection was closed, and what never is."""

from typing import Any

import pytest

from chassis.connections import Pending, Reply, Request
from services.web.tests.conftest import Browser, Site
from web import providers


@pytest.fixture
def repeatable(site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """By path, whether a POST that was sent may be sent again where no answer came."""
    noted: dict[str, bool] = {}

    def noting(transport: Any) -> Any:
        def begin(request: Request) -> Pending[Reply]:
            if request.method == "POST":
                noted[request.path] = request.repeatable
            pending: Pending[Reply] = transport(request)
            return pending

        return begin

    for name in ("users", "messages"):
        provider = getattr(providers.of(site.app), name).provider
        monkeypatch.setattr(provider, "transport", noting(provider.transport))
    return noted


def test_a_connection_that_was_closed_costs_no_page_a_part_and_does_nothing_twice(
    repeatable: dict[str, bool], anybody: Browser
) -> None:
    anybody.register("jane")
    anybody.log_in("jane")
    anybody.post("/add_message", text="hello")
    assert not repeatable["/v1/messages"]
    anybody.post("/add_message", text="hello", submission=anybody.go("/").value("submission"))
    anybody.go("/")
    fields = {"current_password": "secret", "new_password": "b", "new_password2": "b"}
    anybody.post("/settings/password", **fields)
    assert repeatable == {
        "/v1/users": False,
        "/v1/sessions": False,
        "/v1/access-tokens": True,
        "/v1/messages": True,
        "/v1/timelines": True,
        "/v1/password": False,
    }
