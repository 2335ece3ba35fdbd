"""How the stub answers: a function for each route, as strict about bodies as the real ones."""

import json
from base64 import b64encode
from collections.abc import Callable
from email.parser import BytesParser
from fnmatch import fnmatch
from typing import Any

from tests.logs.kql import Query

TYPES = {
    "date", "date_nanos", "flattened", "ip", "keyword", "long", "match_only_text", "wildcard",
}  # fmt: skip
CLUSTER = {"monitor"}
INDEX = {
    "auto_configure", "create_doc", "monitor", "read", "read_failure_store", "view_index_metadata",
}  # fmt: skip
Answer = tuple[int, Any]
# The handler of a request; its server has what was kept.
Asked = Any


def ready(_: Asked, *__: str) -> Answer:
    return 200, {"status": "green"}


def kibana_is_ready(to: Asked) -> Answer:
    """It can't start before kibana_system has its password."""
    has_password = to.server.is_open or "kibana_system" in to.server.users
    return (200, {}) if has_password else (503, {"error": "Kibana server is not ready yet"})


def put_password(to: Asked, user: str) -> Answer:
    password = to.json()["password"]
    assert len(password) >= 6, "passwords must be at least [6] characters long"
    to.server.users[user] = password
    return 200, {}


def put_policy(to: Asked, _: str) -> Answer:
    phases = to.json()["policy"]["phases"]
    assert phases.keys() <= {"hot", "warm", "cold", "frozen", "delete"}
    assert "rollover" in phases["hot"]["actions"]
    return keep(to)


def put_pipeline(to: Asked, _: str) -> Answer:
    for processor in to.json()["processors"]:
        (kind,) = processor
        assert kind in ("set", "script"), kind
    return keep(to)


def put_component(to: Asked, _: str) -> Answer:
    body = to.json()
    assert body.keys() <= {"template", "version", "_meta", "deprecated"}
    template = body["template"]
    assert template.keys() <= {"settings", "mappings", "aliases", "data_stream_options"}
    check_types(template.get("mappings", {}).get("properties", {}))
    settings = template.get("settings", {})
    if policy := settings.get("index.lifecycle.name"):
        assert f"/_ilm/policy/{policy}" in to.server.kept
    if pipeline := settings.get("index.default_pipeline"):
        assert f"/_ingest/pipeline/{pipeline}" in to.server.kept
    return keep(to)


def check_types(properties: dict[str, Any]) -> None:
    for name, told in properties.items():
        assert "." not in name
        if "properties" in told:
            check_types(told["properties"])
        else:
            assert told["type"] in TYPES, told
            assert told.keys() <= {"type", "ignore_above"}


def put_template(to: Asked, _: str) -> Answer:
    body = to.json()
    for component in body["composed_of"]:
        assert f"/_component_template/{component}" in to.server.kept, component
    assert body["data_stream"] == {}
    assert body["priority"] > 200, "Elasticsearch's own templates for logs-*-* have up to 200"
    return keep(to)


def put_role(to: Asked, _: str) -> Answer:
    check_role(to.json())
    return keep(to)


def check_role(role: dict[str, Any]) -> None:
    assert role.keys() <= {"cluster", "indices", "applications", "metadata"}
    assert set(role["cluster"]) <= CLUSTER
    for each in role["indices"]:
        assert set(each["privileges"]) <= INDEX


def put_user(to: Asked, name: str) -> Answer:
    body = to.json()
    for role in body["roles"]:
        assert f"/_security/role/{role}" in to.server.kept
    to.server.users[name] = body["password"]
    return keep(to)


def keep(to: Asked) -> Answer:
    to.server.kept[to.path] = to.json()
    return 200, {"acknowledged": True}


def get_templates(to: Asked, kind: str, pattern: str) -> Answer:
    prefix = f"/_{kind}/"
    found = [
        {"name": path.removeprefix(prefix), kind: body}
        for path, body in to.server.kept.items()
        if path.startswith(prefix) and fnmatch(path.removeprefix(prefix), pattern)
    ]
    return 200 if found else 404, {f"{kind}s": found}


def get_streams(to: Asked, pattern: str) -> Answer:
    found = [{"name": name} for name in to.server.streams if fnmatch(name, pattern)]
    return 200, {"data_streams": found}


def roll_over(to: Asked, name: str) -> Answer:
    assert name in to.server.streams
    to.server.rolled.append(name)
    return 200, {"acknowledged": True}


def get_keys(to: Asked, name: str) -> Answer:
    return 200, {"api_keys": [it for it in to.server.keys.values() if it["name"] == name]}


def post_key(to: Asked) -> Answer:
    body = to.json()
    for role in body["role_descriptors"].values():
        check_role(role)
    made = {**body, "id": f"id{len(to.server.keys)}", "api_key": "k" * 22}
    to.server.keys[made["id"]] = made
    encoded = b64encode(f"{made['id']}:{made['api_key']}".encode()).decode()
    return 200, {"id": made["id"], "api_key": made["api_key"], "encoded": encoded}


def delete_keys(to: Asked) -> Answer:
    for each in to.json()["ids"]:
        del to.server.keys[each]
    return 200, {}


def import_objects(to: Asked) -> Answer:
    assert to.headers["kbn-xsrf"] == "true"
    head = f"Content-Type: {to.headers['Content-Type']}\r\n\r\n".encode()
    (part,) = list(BytesParser().parsebytes(head + to.body).walk())[1:]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    new = [json.loads(line) for line in content.splitlines()]
    there = to.server.objects.keys() | {(it["type"], it["id"]) for it in new}
    for each in new:
        for wanted in each["references"]:
            if (wanted["type"], wanted["id"]) not in there:
                return 200, {"success": False, "successCount": 0, "errors": [wanted]}
    to.server.objects |= {(it["type"], it["id"]): it for it in new}
    return 200, {"success": True, "successCount": len(new)}


def search(to: Asked, streams: str) -> Answer:
    """Of queries `kql`, of aggregations `extended_stats`."""
    body = to.json()
    told = to.server.refused if streams.endswith("::failures") else to.server.documents
    wanted = Query(body.get("query", {}).get("kql", {}).get("query", ""))
    found = [each for each in told if wanted.matches(each)]
    answer: dict[str, Any] = {"hits": {"total": {"value": len(found)}}}
    for name, asked in body.get("aggs", {}).items():
        numbers = [each[asked["extended_stats"]["field"]] for each in found]
        squares = sum(number**2 for number in numbers)
        stats = {"count": len(numbers), "sum": sum(numbers), "sum_of_squares": squares}
        answer["aggregations"] = {name: stats}
    return 200, answer


def export_objects(to: Asked) -> Answer:
    """Lines; the last one is a summary."""
    assert to.headers["kbn-xsrf"] == "true"
    wanted = [(it["type"], it["id"]) for it in to.json()["objects"]]
    lines = [to.server.objects[it] for it in wanted if it in to.server.objects]
    return 200, [*lines, {"exportedCount": len(lines), "missingReferences": []}]


NAME = "([a-z0-9-]+)"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"/_cluster/health\?.*", ready),
    ("GET", "/_security/_authenticate", ready),
    ("GET", "/api/status", kibana_is_ready),
    ("PUT", r"/_security/user/(\w+)/_password", put_password),
    ("PUT", f"/_ilm/policy/{NAME}", put_policy),
    ("PUT", f"/_ingest/pipeline/{NAME}", put_pipeline),
    ("PUT", f"/_component_template/{NAME}", put_component),
    ("PUT", f"/_index_template/{NAME}", put_template),
    ("PUT", f"/_security/role/{NAME}", put_role),
    ("PUT", r"/_security/user/(\w+)", put_user),
    ("GET", r"/_(component_template|index_template)/([a-z*-]+)", get_templates),
    ("GET", r"/_data_stream/([a-z.*-]+)", get_streams),
    ("POST", r"/([\w.-]+)/_rollover\?lazy=true", roll_over),
    ("GET", r"/_security/api_key\?name=([a-z-]+)&active_only=true", get_keys),
    ("POST", "/_security/api_key", post_key),
    ("DELETE", "/_security/api_key", delete_keys),
    ("POST", r"/api/saved_objects/_import\?overwrite=true", import_objects),
    ("POST", "/api/saved_objects/_export", export_objects),
    ("POST", r"/([\w.*:-]+)/_search\?ignore_unavailable=true", search),
]
