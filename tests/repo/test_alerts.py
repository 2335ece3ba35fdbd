"""Alerts, the runbook and the dashboards belong together; no program is needed to see that."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.grafana.build import BOARDS, FOLDER, text

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ADDRESS = "https://github.com/minitwit/minitwit/blob/main/docs/runbook.md"
RULES = [
    rule
    for path in sorted((ROOT / "infra" / "prometheus" / "rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
ALERTS: dict[str, dict[str, Any]] = {rule["alert"]: rule for rule in RULES if "alert" in rule}
KIBANA = tomllib.loads((ROOT / "infra" / "kibana" / "source.toml").read_text(encoding="utf-8"))
PANEL = re.compile(r'\*([A-Z][\w ]+)\*[^*]{0,40}?"([^"]+)"')
IN_SEARCH = re.compile(r"`([\w.]+)` in \*(MiniTwit: [^*]+)\*")
every = pytest.mark.parametrize("name", sorted(ALERTS))


def sections() -> dict[str, str]:
    """Text by alert: the third-level headings."""
    parts = re.split(r"^### (\w+)\n", RUNBOOK.partition("\n## Pages\n")[2], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    assert sorted(sections()) == sorted(ALERTS)


@every
def test_an_alert_says_what_is_wrong_for_whom_and_where_to_read_on(name: str) -> None:
    told = ALERTS[name]["annotations"]
    assert set(told) == {"summary", "hurt", "runbook_url"}
    assert told["runbook_url"] == f"{ADDRESS}#{name.lower()}"
    assert ALERTS[name]["labels"]["severity"] in ("page", "ticket", "none")


@every
def test_a_section_says_where_to_look_what_to_do_and_when_it_is_over(name: str) -> None:
    section = sections()[name]
    assert "**Hurt:**" in section
    assert re.search(r"\*\*Look(:|, do, over:)\*\*", section)
    if "**Look:**" in section:
        assert "**Do:**" in section
        assert "**Over:**" in section


@every
def test_pages_are_under_pages_and_tickets_under_tickets(name: str) -> None:
    pages, _, _ = RUNBOOK.partition("\n## Tickets\n")
    assert (f"\n### {name}\n" in pages) == (ALERTS[name]["labels"]["severity"] == "page")


def test_the_runbook_names_panels_and_searches_that_there_are() -> None:
    titles = [part.title for board in BOARDS for part in board.parts]
    boards = {board.title for board in BOARDS}
    prose = " ".join(RUNBOOK.split())
    named = [title for board, title in PANEL.findall(prose) if board in boards]
    assert named
    assert not [name for name in named if not any(title.startswith(name) for title in titles)]
    searches = {search["title"] for search in KIBANA["search"]}
    assert set(re.findall(r"\*(MiniTwit: [^*]+)\*", prose)) == searches
    short = {title.removeprefix("MiniTwit: ").capitalize() for title in searches}
    assert not [name for name in short if f"*{name}*" in prose]


def test_a_search_has_a_column_for_what_the_runbook_looks_for_in_it() -> None:
    columns = {search["title"]: search["columns"] for search in KIBANA["search"]}
    named = IN_SEARCH.findall(" ".join(RUNBOOK.split()))
    assert named
    assert not [(field, title) for field, title in named if field not in columns[title]]


def test_links_within_the_runbook_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w-]", "", title.lower().replace(" ", "-"))
        for title in re.findall(r"^#+ (.+)$", RUNBOOK, re.M)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)) <= headings


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_dashboard_is_what_its_source_says(board: Any) -> None:
    """`make dashboards` writes it anew."""
    assert (FOLDER / f"{board.name}.json").read_text(encoding="utf-8") == text(board)


def test_no_dashboard_is_without_a_source() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {board.name for board in BOARDS}
    uids = [json.loads(text(board))["uid"] for board in BOARDS]
    assert len(uids) == len(set(uids))
