"""What is asked of Elasticsearch and Kibana about what was shipped and imported."""

import json
import time
from collections.abc import Callable
from typing import Any

from infra.logs.api import Api
from infra.logs.provision import OBJECTS, STREAMS
from infra.trouble import Trouble

POLL_SECONDS = 2.0
PATIENCE_SECONDS = 300.0
NUMBERED, UNSHIPPED = "proof.lines", "proof.unshipped"


def saved_objects() -> list[dict[str, Any]]:
    return [json.loads(line) for line in OBJECTS.read_text(encoding="utf-8").splitlines()]


def saved_searches() -> dict[str, str]:
    """The query of each, by its title."""
    found = {}
    for each in saved_objects():
        if each["type"] == "search":
            source = each["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]
            found[each["attributes"]["title"]] = json.loads(source)["query"]["query"]
    return found


def hits(api: Api, query: str, streams: str = STREAMS) -> int:
    """How many documents a query in Kibana's language finds."""
    body: dict[str, Any] = {"size": 0, "track_total_hits": True}
    if query:
        body["query"] = {"kql": {"query": query}}
    answer = api.ask("POST", f"/{streams}/_search?ignore_unavailable=true", body)
    count: int = answer["hits"]["total"]["value"]
    return count


def shipped(api: Api) -> tuple[int, float, float]:
    """Count, sum and sum of squares of the numbered lines: one lost or doubled shows in these."""
    body = {
        "size": 0,
        "query": {"kql": {"query": f'event.dataset : "{NUMBERED}"'}},
        "aggs": {"lines": {"extended_stats": {"field": "process.pid"}}},
    }
    answer = api.ask("POST", f"/{STREAMS}/_search?ignore_unavailable=true", body)
    lines = answer.get("aggregations", {}).get("lines", {})
    return lines.get("count", 0), lines.get("sum") or 0.0, lines.get("sum_of_squares") or 0.0


def expected(count: int) -> tuple[int, float, float]:
    total = count * (count + 1) / 2
    return count, total, total * (2 * count + 1) / 3


def lacking(kibana: Api) -> list[str]:
    """The saved objects, and what they refer to, that Kibana does not give back."""
    wanted = [{"type": it["type"], "id": it["id"]} for it in saved_objects()]
    answer = kibana.send(
        "POST",
        "/api/saved_objects/_export",
        {"objects": wanted, "includeReferencesDeep": True},
        headers={"kbn-xsrf": "true"},
    )
    if not answer.ok:
        return [f"export: {answer.status_code} {answer.text[:500]}"]
    *given, summary = [json.loads(line) for line in answer.text.splitlines()]
    there = {(it["type"], it["id"]) for it in given}
    missing = [str(it) for it in wanted if (it["type"], it["id"]) not in there]
    return missing + [f"reference {it}" for it in summary["missingReferences"]]


def eventually(ask: Callable[[], Any], is_right: Callable[[Any], bool], what: str) -> Any:
    """Ask until the result is right, and return it; Trouble with the last one after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found: Any = ask()
            if is_right(found):
                return found
        except (Trouble, OSError) as error:
            found = error
        if time.monotonic() > deadline:
            raise Trouble(f"{what}: not within {PATIENCE_SECONDS:.0f} s; the last was {found}")
        time.sleep(POLL_SECONDS)
