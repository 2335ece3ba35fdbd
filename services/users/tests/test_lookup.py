"""Who is who: by name."""

from typing import Any

import pytest
from flask.testing import FlaskClient


def test_a_name_leads_to_an_id(client: FlaskClient, visitor: Any) -> None:
    person = visitor("Søren & co?").register().json
    answer: Any = client.get("/v1/users/by-name/S%C3%B8ren%20%26%20co%3F")
    assert (answer.status_code, answer.json) == (200, person)


@pytest.mark.parametrize("name", ["nobody", "ADA", "ada ", "ada%00", "%00", "%FF", "x" * 2000])
def test_an_unknown_name_is_not_found(client: FlaskClient, ada: Any, name: str) -> None:
    answer: Any = client.get(f"/v1/users/by-name/{name}")
    assert (answer.status_code, answer.json["slug"]) == (404, "user-not-found")
