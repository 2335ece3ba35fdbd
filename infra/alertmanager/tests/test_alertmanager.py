"""Alertmanager's configuration, as amtool reads it: who is told what, and how probes are asked."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from infra.prometheus import local, watch

needs_amtool = pytest.mark.skipif(
    shutil.which("amtool") is None, reason="amtool is missing (Debian's prometheus-alertmanager)"
)


def ran(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """With the watchdog's address written out, since Debian's version reads none from a file."""
    file = tmp_path / "url"
    file.write_text("http://127.0.0.1:9/")
    secrets = {f"/run/secrets/alert-{name}-url": str(file) for name in watch.RECEIVERS}
    local.write(tmp_path, local.Places({}, {}, files=secrets))
    return tmp_path / "alertmanager.yml"


@needs_amtool
def test_amtool_reads_it(configuration: Path) -> None:
    assert "3 receivers" in ran("amtool", "check-config", str(configuration))


@needs_amtool
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=ServiceDown", "severity=page", "service=users"], "page"),
        (["alertname=BackupOld", "severity=ticket", "service=backup"], "ticket"),
        (["alertname=Watchdog", "severity=none", "service=prometheus"], "watchdog"),
        (["alertname=Forgotten"], "ticket"),
    ],
)
def test_each_alert_has_its_receiver(configuration: Path, labels: list[str], receiver: str) -> None:
    command = ["amtool", "config", "routes", "test", f"--config.file={configuration}"]
    assert ran(*command, f"--verify.receivers={receiver}", *labels).split()[0] == receiver


def test_the_watchdog_is_posted_whenever_its_minute_is_over() -> None:
    routes = yaml.safe_load(local.ALERTMANAGER.read_text(encoding="utf-8"))["route"]["routes"]
    (asked,) = [route for route in routes if route["receiver"] == "watchdog"]
    assert asked["group_interval"] == "1m"
    assert re.fullmatch(r"[1-5]?\ds", asked["repeat_interval"])


def test_a_disk_that_fills_mutes_no_other_nodes() -> None:
    rules = yaml.safe_load(local.ALERTMANAGER.read_text(encoding="utf-8"))["inhibit_rules"]
    (muting,) = [it for it in rules if it["source_matchers"] == ['alertname="DiskFills"']]
    assert muting["equal"] == ["node"]


def test_only_what_keeps_the_public_timeline_shut_mutes_that_an_address_is() -> None:
    rules = yaml.safe_load(local.ALERTMANAGER.read_text(encoding="utf-8"))["inhibit_rules"]
    muted = [it["target_matchers"] for it in rules if 'class="cause"' in it["source_matchers"]]
    named = 'alertname{}"PublicAddressDown"'
    assert muted == [['class="symptom"', named.format("!=")], [named.format("=")]]
    assert rules[1]["source_matchers"] == ['class="cause"', 'service=~"gateway|web"']


def test_every_address_comes_from_a_secret() -> None:
    text = local.ALERTMANAGER.read_text(encoding="utf-8")
    assert "://" not in text
    assert {f"/run/secrets/alert-{name}-url" for name in watch.RECEIVERS} == {
        word.rstrip(",") for word in text.replace("}", " ").split() if "/run/secrets/" in word
    }


@pytest.mark.skipif(watch.program("blackbox") is None, reason="the blackbox exporter is missing")
def test_the_blackbox_exporter_reads_how_to_probe() -> None:
    ran(str(watch.program("blackbox")), "--config.check", f"--config.file={watch.BLACKBOX}")
