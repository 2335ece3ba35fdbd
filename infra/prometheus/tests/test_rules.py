"""The rules, as promtool reads and tries them: each alert fires when it should, and not before.

The cases are promtool's own, but that they do not repeat what an alert says in words.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.prometheus.local import RULES

CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))
CONFIGURATION = RULES.parent / "prometheus.yml"
ALWAYS_THERE = "Watchdog"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is missing (Debian's package prometheus)"
)


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def alerts() -> dict[str, dict[str, Any]]:
    groups = [group for path in RULES.glob("*.yml") for group in load(path)["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wordless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules without their annotations, which promtool would compare to the letter."""
    folder = tmp_path_factory.mktemp("rules")
    for path in RULES.glob("*.yml"):
        document = load(path)
        for group in document["groups"]:
            for rule in group["rules"]:
                rule.pop("annotations", None)
        (folder / path.name).write_text(yaml.safe_dump(document))
    return folder


@needs_promtool
def test_promtool_reads_the_configuration_and_every_rule() -> None:
    promtool("check", "config", "--lint-fatal", str(CONFIGURATION))
    promtool("check", "rules", "--lint-fatal", *map(str, sorted(RULES.glob("*.yml"))))


@needs_promtool
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should(path: Path, wordless: Path, tmp_path: Path) -> None:
    case = load(path)
    case["rule_files"] = [str(wordless / Path(name).name) for name in case["rule_files"]]
    file = tmp_path / path.name
    file.write_text(yaml.safe_dump(case, sort_keys=False))
    promtool("test", "rules", str(file))


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    tried: set[tuple[str, bool]] = set()
    for path in CASES:
        for case in load(path)["tests"]:
            for each in case["alert_rule_test"]:
                tried.add((each["alertname"], bool(each.get("exp_alerts"))))
    wanted = {(name, fires) for name in alerts() for fires in (True, False)}
    assert tried == wanted - {(ALWAYS_THERE, False)}
