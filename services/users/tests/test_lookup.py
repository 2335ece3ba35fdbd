"""Who is who: by name and by many ids."""

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


def test_many_ids_lead_to_names_in_ascending_order(client: FlaskClient, visitor: Any) -> None:
    people = [visitor(name).register().json for name in ("cleo", "ada", "bob")]
    wanted = ",".join(str(person["id"]) for person in reversed(people))
    answer: Any = client.get(f"/v1/users?ids={wanted},{wanted}")
    assert (answer.status_code, answer.json) == (200, {"items": people})


def test_unknown_ids_are_left_out(client: FlaskClient, ada: Any) -> None:
    answer: Any = client.get("/v1/users?ids=0,9223372036854775807")
    assert (answer.status_code, answer.json) == (200, {"items": []})


TOO_MANY, TOO_LARGE = ",".join("1" * 101), "9223372036854775808"


@pytest.mark.parametrize("ids", ["", "a", "-1", "1,", "1;2", "1.5", "%D9%A3", TOO_LARGE, TOO_MANY])
def test_unreadable_ids_are_refused(client: FlaskClient, ids: str) -> None:
    answer: Any = client.get(f"/v1/users?ids={ids}")
    assert (answer.status_code, answer.json["slug"]) == (400, "bad-request")


def test_no_ids_at_all_are_refused_too(client: FlaskClient) -> None:
    assert client.get("/v1/users").status_code == 400


def test_a_hundred_ids_fit(client: FlaskClient, ada: Any) -> None:
    assert client.get("/v1/users?ids=" + ",".join(["9223372036854775807"] * 100)).status_code == 200
