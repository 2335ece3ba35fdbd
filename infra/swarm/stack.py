"""docker-stack.yml with its variables filled in, and handing a part of it to the swarm."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.swarm import files, secrets, site
from infra.swarm.docker import ROOT, docker, inspect
from infra.swarm.settings import Settings

FILE = ROOT / "docker-stack.yml"
CONTENT = "com.minitwit.content"
GIVEN = "com.minitwit.given"
# Processes and threads; not in the file, which an older docker-compose reads, too.
MOST_PROCESSES = 128
MOST_OF_POSTGRES = 512


def rendered(settings: Settings, images: Mapping[str, str]) -> dict[str, Any]:
    """The stack with its settings, today's secrets, and these images by part."""
    variables = {**settings.variables, **secrets.variables(settings)}
    variables |= files.configs(settings, files.OF_STACK)
    variables[secrets.variable("CONFIG", site.PURPOSE)] = site.config(settings)
    variables |= {f"{part.upper()}_IMAGE": image for part, image in images.items()}
    return filled(FILE, variables)


def filled(file: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """A stack file as Docker reads it; an empty variable means its default, as for make."""
    document: dict[str, Any] = yaml.safe_load(
        docker("stack", "config", "--compose-file", str(file), variables=variables)
    )
    for part, service in document["services"].items():
        most = MOST_OF_POSTGRES if part == "postgres" else MOST_PROCESSES
        service["deploy"]["resources"]["limits"].setdefault("pids", most)
        _mark_tasks(service)
        _mark(document, service)
    return document


def content(document: Mapping[str, Any], part: str) -> str:
    """A part's label that changes with everything that the swarm is told of the part."""
    found: str = document["services"][part]["deploy"]["labels"][CONTENT]
    return found


def is_current(settings: Settings, document: Mapping[str, Any], part: str) -> bool:
    """Whether the swarm was told exactly this, and it has not been rolled back or scaled since."""
    found = inspect("service", settings.service(part))
    if not found:
        return False
    state = (found[0].get("UpdateStatus") or {}).get("State", "completed")
    told: str = found[0]["Spec"]["Labels"].get(CONTENT, "")
    scaled = _replicas_told(found[0]) != _replicas(document["services"][part]["deploy"])
    return told == content(document, part) and bool(state == "completed") and not scaled


def _replicas_told(service: Mapping[str, Any]) -> int | None:
    """How many replicas the swarm keeps running; None if that is one on each node."""
    found: int | None = service["Spec"]["Mode"].get("Replicated", {}).get("Replicas")
    return found


def _replicas(deploy: Mapping[str, Any]) -> int | None:
    """The same, as a stack file says it."""
    return None if deploy.get("mode") == "global" else int(deploy.get("replicas", 1))


def hand_over(settings: Settings, document: Mapping[str, Any], parts: Iterable[str]) -> None:
    """Create or update these parts alone; the swarm goes on by itself afterwards."""
    services = {part: document["services"][part] for part in parts}
    subset = {**document, "services": services}
    for kind in ("secrets", "configs", "volumes", "networks"):
        used = _used(kind, services.values())
        subset[kind] = {name: it for name, it in document.get(kind, {}).items() if name in used}
    arguments = ["--detach", "--with-registry-auth", "--resolve-image", "never"]
    # Its variables are filled in already: a dollar that is left means just that.
    given = yaml.safe_dump(subset).replace("$", "$$")
    docker("stack", "deploy", *arguments, "-c", "-", settings.stack, given=given)


def _used(kind: str, services: Iterable[Mapping[str, Any]]) -> set[str]:
    used: set[str] = set()
    for service in services:
        for each in service.get(kind) or ():
            used.add(each if isinstance(each, str) else str(each.get("source", "")))
    return used


def _mark_tasks(service: dict[str, Any]) -> None:
    """Add a label to containers that changes with what their tasks are given besides.

    Else old tasks could not be told from new ones if nothing else has changed.
    """
    given = [service.get("ports"), service["deploy"]["resources"]]
    service.setdefault("labels", {})[GIVEN] = _digest(given)


def _mark(document: Mapping[str, Any], service: dict[str, Any]) -> None:
    """Add a label that changes with the service and with its secrets' and configs' names."""
    names = {
        name: it.get("name")
        for kind in ("secrets", "configs")
        for name, it in document.get(kind, {}).items()
        if name in _used(kind, [service])
    }
    service["deploy"].setdefault("labels", {})[CONTENT] = _digest([service, names])


def _digest(told: object) -> str:
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
