"""`make simulate` against the running system."""

from pathlib import Path

from dev.simulator import synthetic
from dev.simulator.actions import REGISTER, Action
from tests.system import System

# As long as it takes: how fast this machine is today is not what is tested.
SLOWLY = ("--seconds", "60")


def line(action: Action) -> str:
    """In the course's format."""
    fields = [str(action.id), "10", "20", action.kind, action.name, action.about]
    return "\t".join([*fields, action.password] if action.kind == REGISTER else fields)


def test_a_scenario_in_the_courses_format_ends_without_an_error(
    system: System, tmp_path: Path, name: str
) -> None:
    actions = synthetic.scenario(7, name, synthetic.Mix().scaled(300 / 25_922))
    file = tmp_path / "scenario.tsv"
    file.write_text("".join(f"{line(action)}\n" for action in actions), newline="")
    told = system.run("dev.simulate", "--scenario", str(file), *SLOWLY).stdout
    assert f"latest is {actions[-1].id}, the last id that was sent." in told


def test_actions_that_fail_end_with_status_1(system: System, tmp_path: Path, name: str) -> None:
    file = tmp_path / "scenario.tsv"
    file.write_text(line(Action(1, "tweet", name, "from nobody")) + "\n")
    told = system.run("dev.simulate", "--scenario", str(file), *SLOWLY, status=1).stdout
    assert "404" in told
