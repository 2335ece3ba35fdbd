"""The pipelines do what `make` does, know every service, and may do no more than they need."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.swarm.settings import PARTS, REMEMBERED

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())
IMAGES = sorted(PARTS)
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
# What a step may do besides calling make: install, look, sign in, run our scripts, release.
PLUMBING = (
    ".ci/packages ",
    "command -v ",
    "docker info",
    "docker login ",
    "python3 .github/",
    "gh release create ",
)

# What images are called besides that staging runs well.
STAGED = "staged-${{ github.sha }}"

Job = dict[str, Any]


def read(path: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 takes the word for a truth value.
    return content | {"on": content.pop(True, None)}


def jobs() -> Iterator[tuple[str, Job]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.name}: {name}", job


def steps() -> Iterator[tuple[str, Job]]:
    for path in [*WORKFLOWS, *GITHUB.glob("actions/*/action.yml")]:
        content = read(path)
        found = [content["runs"]] if "runs" in content else content["jobs"].values()
        for job in found:
            yield from ((path.name, step) for step in job.get("steps", []))


JOBS = dict(jobs())
OWN = {name: job for name, job in JOBS.items() if "steps" in job}
CI = read(GITHUB / "workflows" / "ci.yml")["jobs"]


@pytest.mark.parametrize("name", OWN)
def test_a_job_ends_and_has_no_more_rights_than_it_names(name: str) -> None:
    assert OWN[name]["timeout-minutes"] <= 60
    assert isinstance(OWN[name]["permissions"], dict)
    assert OWN[name]["runs-on"] == "ubuntu-24.04"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_nothing_by_default(path: Path) -> None:
    assert read(path)["permissions"] == {}
    assert "pull_request_target" not in read(path)["on"]


def test_an_action_is_pinned_by_its_commit_and_tells_its_version() -> None:
    for path in [*WORKFLOWS, *GITHUB.glob("actions/*/action.yml")]:
        for used in re.findall(r"uses: (\S+.*)", path.read_text(encoding="utf-8")):
            pinned = re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)
            ours = used.startswith("$/") and (ROOT / used.removeprefix("$/")).exists()
            assert pinned or ours, f"{path.name}: {used}"


def test_a_checkout_leaves_no_credentials_behind() -> None:
    for name, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, name


def test_a_step_calls_a_make_target_that_exists() -> None:
    for name, step in steps():
        for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", "")):
            assert target in TARGETS, f"{name}: make {target}"


def test_a_step_does_no_real_work_of_its_own() -> None:
    for name, step in steps():
        if name == "action.yml" or "run" not in step:
            continue
        words = step["run"]
        calls_make = words.startswith("make ")
        glue = any(line in words for line in PLUMBING) or step.get("name", "").startswith("Nothing")
        assert calls_make or glue, f"{name}: {words}"


def test_nothing_that_a_stranger_wrote_becomes_a_command_and_no_failure_is_hidden() -> None:
    for name, step in steps():
        assert "${{" not in step.get("run", ""), f"{name}: pass it through env"
        assert "|| true" not in step.get("run", ""), name
        assert "continue-on-error" not in step, name


def test_the_gate_waits_for_every_job_and_runs_whatever_happens() -> None:
    gate = CI["ci-ok"]
    assert set(gate["needs"]) == CI.keys() - {"ci-ok"}
    assert gate["if"] == "always()"
    (check,) = gate["steps"]
    assert check["env"]["RESULTS"] == "${{ join(needs.*.result, ' ') }}"
    assert "failure" in check["run"]
    assert "cancelled" in check["run"]


def test_every_image_is_published_deployed_and_can_be_rolled_back() -> None:
    staging = read(GITHUB / "workflows" / "staging.yml")["jobs"]
    assert sorted(staging["images"]["strategy"]["matrix"]["image"]) == IMAGES
    by_hand = read(GITHUB / "workflows" / "service.yml")["on"]["workflow_dispatch"]["inputs"]
    assert sorted(by_hand["service"]["options"]) == IMAGES
    for name, step in steps():
        if step.get("run") == "make deploy":
            given = {f"{image.upper()}_IMAGE" for image in IMAGES}
            assert given <= step["env"].keys(), f"{name} would build what it should deploy"


def told(workflow: str) -> Iterator[dict[str, str]]:
    """What the steps of a workflow's jobs are told, one after the other."""
    for job in read(GITHUB / "workflows" / f"{workflow}.yml")["jobs"].values():
        yield from (step["env"] for step in job.get("steps", ()) if "env" in step)


def test_what_staging_runs_well_is_named_so() -> None:
    passed = read(GITHUB / "workflows" / "staging.yml")["jobs"]["passed"]
    assert passed["needs"] == "deploy"
    *_, named = passed["steps"]
    assert named["run"] == "make promote"
    assert (named["env"]["FROM"], named["env"]["TO"]) == ("${{ github.sha }}", STAGED)


def test_production_gets_no_other_images() -> None:
    (deploy,) = (env for env in told("production") if "WEB_IMAGE" in env)
    images = {image: deploy[f"{image.upper()}_IMAGE"].partition("}}/")[2] for image in IMAGES}
    staged = "staged-${{ needs.plan.outputs.commit }}"
    assert images == {image: f"{image}:{staged}" for image in IMAGES}
    (prefix,) = (env["PREFIX"] for env in told("service") if "PREFIX" in env)
    assert prefix == "${{ inputs.environment == 'production' && 'staged-' || '' }}"


def test_no_deploy_takes_back_what_an_operator_has_set() -> None:
    """What the stack remembers is set by `make adjust`, once; a deploy says only its name."""
    deploys = [
        {*job.get("env", {}), *step["env"]}
        for job in OWN.values()
        for step in job["steps"]
        if step.get("run") == "make deploy"
    ]
    assert [told & set(REMEMBERED) for told in deploys] == [{"ENVIRONMENT"}] * 3


def test_deploys_to_one_place_wait_for_each_other() -> None:
    for name, job in OWN.items():
        if "environment" in job:
            place = job["environment"]["name"].replace(" ", "")
            group = job["concurrency"]["group"].replace(" ", "")
            assert group == f"deploy-{place}", name
            assert job["concurrency"]["queue"] == "max", name
            assert "cancel-in-progress" not in job["concurrency"], name


@pytest.mark.parametrize("place", ["staging", "production"])
def test_pushes_are_deployed_in_their_order(place: str) -> None:
    """A run that waits only where it deploys can be overtaken by a newer one before that."""
    alone = read(GITHUB / "workflows" / f"{place}.yml")["concurrency"]
    assert alone == {"group": place, "queue": "max"}


def test_secrets_reach_only_the_jobs_that_deploy() -> None:
    for name, job in OWN.items():
        wanted = set(re.findall(r"secrets\.(\w+)", str(job))) - {"GITHUB_TOKEN"}
        assert not wanted or "environment" in job, f"{name} reads {wanted}"


def test_each_folder_with_dependencies_is_kept_up_to_date() -> None:
    updates = read(GITHUB / "dependabot.yml")["updates"]
    watched = {each["package-ecosystem"]: set(each["directories"]) for each in updates}
    projects = [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("[!.]*/*/pyproject.toml")]
    assert watched["pip"] == {f"/{path.parent.relative_to(ROOT)}" for path in projects}
    # Hidden folders hold what was made here, such as a running system's copy of the gateway.
    dockerfiles = ROOT.glob("[!.]*/**/Dockerfile")
    assert {f"/{path.parent.relative_to(ROOT)}" for path in dockerfiles} <= watched["docker"]


def test_each_service_has_an_owner() -> None:
    owners = (GITHUB / "CODEOWNERS").read_text(encoding="utf-8")
    for service in SERVICES:
        assert re.search(rf"^/services/{service}/ +@minitwit/{service}$", owners, re.MULTILINE)
