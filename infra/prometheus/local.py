"""Prometheus' and Alertmanager's files for a system without Swarm, made from production's.

Only addresses differ, and, where a test can't wait for hours, the pace: every duration is
divided by the same number. Plain numbers of seconds in expressions stay as they are.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
RULES = HERE / "rules"
ALERTMANAGER = HERE.parent / "alertmanager" / "alertmanager.yml"
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = r"(\d+)(ms|s|m|h|d)"
_IN_EXPRESSION = re.compile(rf"(?<=[\[:]){_DURATION}(?=[\]:])|(?<=offset ){_DURATION}\b")
_TIMES = re.compile(r"^(?:for|keep_firing_for|interval|\w+_(?:interval|wait))$")


@dataclass(frozen=True)
class Places:
    """Where things are here, HOST:PORT: `tasks` by their name in DNS, `hosts` by HOST:PORT there.

    `public` are the addresses that people use; `files` has a secret's file by its path there.
    """

    tasks: Mapping[str, Sequence[str]]
    hosts: Mapping[str, str]
    public: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def write(folder: Path, places: Places, pace: int = 1) -> None:
    """Write prometheus.yml, rules/, targets/ and alertmanager.yml into `folder`."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    document = _load(HERE / "prometheus.yml")
    _dump(folder / "prometheus.yml", scraping(document, places, pace))
    for path in RULES.glob("*.yml"):
        _dump(folder / "rules" / path.name, quicker(_load(path), pace))
    targets = folder / "targets" / "public.json"
    targets.parent.mkdir(exist_ok=True)
    targets.write_text(json.dumps([{"targets": list(places.public)}]))
    _dump(folder / "alertmanager.yml", notifying(_load(ALERTMANAGER), places, pace))


def scraping(document: dict[str, Any], places: Places, pace: int) -> dict[str, Any]:
    """Prometheus' configuration with addresses instead of names, and the longest time-outs."""
    settings: dict[str, Any] = quicker(_moved(document, places.hosts), pace)
    settings["global"]["scrape_timeout"] = settings["global"]["scrape_interval"]
    for job in settings["scrape_configs"]:
        found = job.pop("dns_sd_configs", [])
        if found:
            names = [name for each in found for name in each["names"]]
            job["static_configs"] = [_named(name, places.tasks.get(name, ())) for name in names]
    return settings


def notifying(document: dict[str, Any], places: Places, pace: int) -> dict[str, Any]:
    """Alertmanager's configuration with webhooks' URLs, which Debian's can't read from files."""
    settings: dict[str, Any] = quicker(document, pace)
    for receiver in settings["receivers"]:
        for webhook in receiver.get("webhook_configs", ()):
            webhook["url"] = Path(_moved(webhook.pop("url_file"), places.files)).read_text()
    return dict(_moved(settings, places.files))


def quicker(value: Any, pace: int) -> Any:
    """The value with every duration in it divided."""
    if isinstance(value, list):
        return [quicker(each, pace) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _quicker(key, each, pace) for key, each in value.items()}


def _quicker(key: str, value: Any, pace: int) -> Any:
    if key == "expr":
        return _IN_EXPRESSION.sub(lambda found: _divided(found.group(), pace), value)
    if _TIMES.match(key) and isinstance(value, str):
        return _divided(value, pace)
    return quicker(value, pace)


def _divided(duration: str, pace: int) -> str:
    number, unit = re.fullmatch(_DURATION, duration).groups()  # type: ignore[union-attr]
    return f"{int(number) * _UNITS[unit] // pace}ms"


def _named(name: str, addresses: Sequence[str]) -> dict[str, Any]:
    return {"targets": list(addresses), "labels": {"__meta_dns_name": name}}


def _moved(value: Any, places: Mapping[str, str]) -> Any:
    """The value with other addresses in it."""
    if isinstance(value, list):
        return [_moved(each, places) for each in value]
    if isinstance(value, dict):
        return {key: _moved(each, places) for key, each in value.items()}
    return places.get(value, value) if isinstance(value, str) else value


def _load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _dump(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False, width=1000), encoding="utf-8")
