"""Set up Elasticsearch and Kibana for the logs.

`python -m infra.logs.provision` waits for both. Run again, on a cluster that is in use, it brings
everything up to date: what is there is overwritten by what is in this repository, and nothing
else is touched.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from infra.logs import keys
from infra.logs.api import Api
from infra.logs.settings import Settings, read
from infra.trouble import Trouble, exit_status

FOLDER = Path(__file__).parents[1] / "elasticsearch"
OBJECTS = Path(__file__).parents[1] / "kibana" / "objects.ndjson"
# In the order in which they refer to each other.
KINDS = {
    "lifecycle": "/_ilm/policy/{}",
    "pipelines": "/_ingest/pipeline/{}",
    "component_templates": "/_component_template/{}",
    "index_templates": "/_index_template/{}",
}
INDEX = "index_templates"
STREAMS = "logs-minitwit.*"
OPERATOR, READER = "operator", "minitwit-reader"
KEYS = {"filebeat": "minitwit-writer", "watch": "minitwit-watcher"}
Body = dict[str, Any]


def bodies(kind: str) -> dict[str, Body]:
    """The definitions of one kind in this repository, by name."""
    paths = sorted((FOLDER / kind).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def provision(settings: Settings) -> None:
    api = settings.elasticsearch
    api.await_ready("/_cluster/health?wait_for_status=yellow&timeout=20s", settings.patience)
    say("Elasticsearch answers")
    before, now = mark(api), content()
    for kind in KINDS:
        put(api, kind, before)
    if before != now:
        if before:
            roll_over(api)
        # Only now: if this is interrupted before, the next run rolls over.
        put(api, INDEX, now)
    if settings.secured:
        secure(settings, api)
    settings.kibana.await_ready("/api/status", settings.patience)
    import_objects(settings.kibana)


def put(api: Api, kind: str, mark: str) -> None:
    """Put all definitions of a kind; index templates bear the mark, if there is one."""
    for name, body in bodies(kind).items():
        told = marked(body, mark) if mark and kind == INDEX else body
        api.ask("PUT", KINDS[kind].format(name), told)
        say(f"{kind}: {name}")


def secure(settings: Settings, api: Api) -> None:
    """Set up users, roles and keys; Kibana can't start before it has its password."""
    api.ask("PUT", "/_security/user/kibana_system/_password", _password(settings.kibana_password))
    for name, body in bodies("roles").items():
        api.ask("PUT", f"/_security/role/{name}", body)
        say(f"role: {name}")
    if settings.operator_password:
        user = {**_password(settings.operator_password), "roles": [READER]}
        api.ask("PUT", f"/_security/user/{OPERATOR}", user)
        say(f"user: {OPERATOR}")
    make_keys(settings, api)


def content() -> str:
    """A hash of all templates: Elasticsearch does not return them unchanged."""
    templates = [bodies(kind) for kind in ("component_templates", INDEX)]
    return hashlib.sha256(json.dumps(templates, sort_keys=True).encode()).hexdigest()[:12]


def marked(body: Body, mark: str) -> Body:
    return {**body, "_meta": {**body.get("_meta", {}), "content": mark}}


def mark(api: Api) -> str:
    """The hash of those templates that streams have; empty, and a 404, if there are none yet."""
    there = api.ask("GET", "/_index_template/minitwit-*", or_none=True)
    found = [it["index_template"] for it in there.get("index_templates", [])]
    return " ".join(str(it.get("_meta", {}).get("content")) for it in found)


def roll_over(api: Api) -> None:
    """Have each stream begin a new index with its next line: templates apply to new ones only."""
    there = api.ask("GET", f"/_data_stream/{STREAMS}", or_none=True)
    for stream in there.get("data_streams", []):
        api.ask("POST", f"/{stream['name']}/_rollover?lazy=true")
        say(f"{stream['name']}: a new index with the next line")


def make_keys(settings: Settings, api: Api) -> None:
    rights = bodies("roles")
    for name in names(settings):
        role = KEYS[name]
        descriptor = {key: value for key, value in rights[role].items() if key != "metadata"}
        if settings.keys_folder:
            path = Path(settings.keys_folder) / name
            if not keys.is_good(api, path, settings.ca):
                keys.keep(path, keys.make(api, f"minitwit-{name}", role, descriptor))
                say(f"key: {path}")
        elif settings.seal:
            key = keys.make(api, f"minitwit-{name}", role, descriptor)
            say(f"key: {name} {keys.sealed(settings.seal, key)}")
    for name in KEYS:
        if not keys.known(api, f"minitwit-{name}"):
            say(f"no key of {name} is good here; docs/logs.md#new-keys tells what to do")


def names(settings: Settings) -> list[str]:
    """The names of the keys to make; Trouble for one that there is not."""
    named = settings.keys.split(",") if settings.keys else list(KEYS)
    for name in named:
        if name not in KEYS:
            raise Trouble(f"MINITWIT_KEYS: there is no key {name}, only {', '.join(KEYS)}")
    return named


def import_objects(kibana: Api) -> None:
    """Import our saved objects, overwriting any changes to them; all others stay."""
    content = OBJECTS.read_bytes()
    answer = kibana.ask(
        "POST",
        "/api/saved_objects/_import?overwrite=true",
        files={"file": (OBJECTS.name, content, "application/ndjson")},
        headers={"kbn-xsrf": "true"},
    )
    if not answer["success"] or answer["successCount"] != len(content.splitlines()):
        raise Trouble(f"Kibana did not take all objects: {answer.get('errors')}")
    say(f"Kibana: {answer['successCount']} objects")


def _password(password: str) -> Body:
    return {"password": str(password)}


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    provision(read())


if __name__ == "__main__":
    sys.exit(exit_status(main, "logs"))
