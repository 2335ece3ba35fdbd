"""What Filebeat makes of lines, by the configuration that is shipped."""

import json
from collections import Counter
from fnmatch import fnmatch

import pytest

from tests.logs.filebeat import Filebeat
from tests.logs.said import Said
from tests.logs.template import FOLDER, problems

PATH = "/var/lib/docker/containers/0123abcd/0123abcd-json.log"
AT = "2026-11-22T15:04:05.123456789Z"
OURS = '{"@timestamp":"2026-11-22T15:04:05Z","ecs.version":"9.2.0","message":"m"'


@pytest.fixture(scope="module")
def filebeat() -> Filebeat:
    """As on a node of the swarm."""
    return Filebeat()


def kept(line: str, stream: str = "stdout") -> str:
    """What Docker writes of a line of a container."""
    return json.dumps({"log": f"{line}\n", "stream": stream, "time": AT})


def test_it_reads_the_local_system_by_the_same_file() -> None:
    told = {"READ_CONTAINERS": "false", "READ_RUNNER": "true", "RUNNER_LOGS": "/here/.run/logs"}
    local = Filebeat(told | {"ELASTICSEARCH_TLS": "false"})
    assert local.inputs["containers"]["enabled"] is False
    assert local.inputs["runner"]["enabled"] is True
    assert local.inputs["runner"]["paths"] == ["/here/.run/logs/*.log"]
    assert local.config["output.elasticsearch"]["ssl.enabled"] is False


@pytest.mark.parametrize("source", ["containers", "runner"])
def test_every_line_of_the_system_becomes_a_document_of_its_services_stream(
    said: Said, filebeat: Filebeat, source: str
) -> None:
    wrong: Counter[str] = Counter()
    for name, line in said.lines:
        read = kept(line) if source == "containers" else line
        index, _, document = filebeat.ship(source, read, PATH)
        told = json.loads(line)
        # The access log can't tell; there it is Filebeat's own.
        place = told.get("service.environment", "production")
        if index != f"logs-minitwit.{told['service.name']}-{place}":
            wrong[f"{name}: {index}"] += 1
        wrong.update(f"{name}: {problem}" for problem in problems(document))
        assert document["message"] == told["message"]
        assert document["@timestamp"] == told["@timestamp"]
    assert wrong == Counter()


@pytest.mark.parametrize(
    "line",
    [
        "plain text",
        "",
        "{",
        '{"level": "info", "error": "a text where an object belongs", "time": 1}',
        '["ecs.version"]',
        "5",
    ],
)
def test_a_line_that_is_no_document_of_ours_is_shipped_as_text(
    filebeat: Filebeat, line: str
) -> None:
    index, _, document = filebeat.ship("containers", kept(line, "stderr"), PATH)
    assert index == "logs-minitwit.other-production"
    assert document["message"] == line
    assert (document["@timestamp"], document["stream"]) == (AT, "stderr")
    assert "error" not in document
    assert problems(document) == []


def test_a_document_that_is_cut_off_is_shipped_and_says_so(filebeat: Filebeat) -> None:
    index, _, document = filebeat.ship("containers", kept(OURS), PATH)
    assert index == "logs-minitwit.other-production"
    assert document["message"] == OURS
    assert document["error"]["type"] == "json"


@pytest.mark.parametrize("name", ["", "../x", "Users", "a-b", "x" * 99, "*", 7, None, ["users"]])
def test_no_line_can_choose_a_strange_index(filebeat: Filebeat, name: object) -> None:
    line = f'{OURS},"service.name":{json.dumps(name)},"service.environment":{json.dumps(name)}}}'
    index, _, _ = filebeat.ship("containers", kept(line), PATH)
    assert index == "logs-minitwit.other-production"


def test_each_line_has_an_id_by_which_it_is_kept_once(filebeat: Filebeat) -> None:
    lines = [kept(OURS + "}"), kept(OURS + ',"a":1}'), kept(OURS + "}", "stderr")]
    first = [filebeat.ship("containers", line, PATH)[1] for line in lines]
    again = [filebeat.ship("containers", line, PATH + ".1")[1] for line in lines]
    assert len(set(first)) == 3
    assert again == first
    assert all(len(each) == 64 for each in first)


def test_those_who_keep_the_logs_are_not_shipped(filebeat: Filebeat) -> None:
    container = {"labels": {"com_minitwit_logs": "none"}}
    assert filebeat.ship("containers", kept("x"), PATH, container=container)[0] == ""


def test_nothing_is_lost_when_it_or_elasticsearch_is_away(filebeat: Filebeat) -> None:
    containers, runner = filebeat.inputs["containers"], filebeat.inputs["runner"]
    assert containers["close.on_state_change.removed"] is False
    assert containers["clean_removed"] is False
    assert fnmatch(f"{PATH}.1", containers["paths"][1])
    assert filebeat.config["queue.disk"]["max_size"]
    for each in (containers, runner):
        assert each["type"] == "filestream"
        assert each["processors"][0]["fingerprint"]["target_field"] == "@metadata._id"


def test_what_does_not_fit_comes_into_the_failure_store() -> None:
    """In this mode Elasticsearch would else keep the document and pass over the field."""
    path = FOLDER / "component_templates" / "minitwit-logs-settings.json"
    settings = json.loads(path.read_text(encoding="utf-8"))["template"]["settings"]
    assert settings["index.mode"] == "logsdb"
    assert settings["index.mapping.ignore_malformed"] is False


def test_every_stream_has_the_template(filebeat: Filebeat) -> None:
    template = json.loads((FOLDER / "index_templates" / "minitwit-logs.json").read_text())
    (pattern,) = template["index_patterns"]
    assert fnmatch(filebeat.ship("runner", "x", PATH)[0], pattern)
    assert filebeat.config["setup.template.enabled"] is False
    assert template["template"]["data_stream_options"]["failure_store"]["enabled"] is True
    for role in ("writer", "reader"):
        told = json.loads((FOLDER / "roles" / f"minitwit-{role}.json").read_text())
        (names,) = told["indices"][0]["names"]
        assert fnmatch("logs-minitwit.other-production", names)
