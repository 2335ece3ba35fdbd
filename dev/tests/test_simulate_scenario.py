"""The scenarios: those of the course's files and those that are made up."""

from collections import Counter
from pathlib import Path

import pytest

from dev.simulator.actions import Action
from dev.simulator.scenario import ScenarioFile
from dev.simulator.synthetic import Mix, scenario
from dev.trouble import Trouble

REGISTER = "0\t0\t1582246860738\tregister\tRoger Histand\tRoger+Histand@x.example\t]=)[X{Km{z"
TWEET = '5\t8981827\t1582286070235\ttweet\tRoger Histand\t“His "name",\u2028\x0b\x85\rhe said—'


@pytest.fixture
def made_up() -> list[Action]:
    return scenario(seed=1)


def written(tmp_path: Path, *lines: str) -> ScenarioFile:
    path = tmp_path / "scenario.tsv"
    path.write_bytes("\n".join(lines).encode())
    return ScenarioFile(path)


@pytest.mark.contract("A.7 TAB-separated, no quoting")
def test_a_file_of_the_courses_is_read_as_it_stands(tmp_path: Path) -> None:
    """CONTRACT A.7: TAB separated, no quoting; a line ends at a line feed and nowhere else."""
    file = written(tmp_path, REGISTER, TWEET, "6\t1\t2\tunfollow\tA\tB", "")
    assert file.check() == 3
    assert list(file) == [
        Action(0, "register", "Roger Histand", "Roger+Histand@x.example", "]=)[X{Km{z"),
        Action(5, "tweet", "Roger Histand", '“His "name",\u2028\x0b\x85\rhe said—'),
        Action(6, "unfollow", "A", "B"),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("6\t1\t2", "3 columns, but at least 6 belong there"),
        ("6\t1\t2\tlike\tA\tB", "unknown command 'like'"),
        ("6\t1\t2\tfollow\tA", "5 columns, but a follow has 6"),
        ("6\t1\t2\tregister\tA\tB", "6 columns, but a register has 7"),
        ("6\t1\t2\ttweet\tA\tB\tC", "7 columns, but a tweet has 6"),
        ("six\t1\t2\ttweet\tA\tB", "the id 'six' is no number"),
        ("-6\t1\t2\ttweet\tA\tB", "the id '-6' is no number"),
        ("", "1 columns, but at least 6 belong there"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    file = written(tmp_path, REGISTER, line, TWEET)
    with pytest.raises(Trouble, match="line 2: ") as error:
        file.check()
    assert str(error.value).endswith(f"scenario.tsv, line 2: {complaint}.")


def test_a_line_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scenario.tsv"
    path.write_bytes(b"1\t2\t3\ttweet\tA\t\xff\n")
    with pytest.raises(Trouble, match=r"line 1: it is not UTF-8\."):
        ScenarioFile(path).check()


def test_a_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"none\.tsv: No such file"):
        ScenarioFile(tmp_path / "none.tsv").check()
    with pytest.raises(Trouble, match="holds no action"):
        written(tmp_path).check()


def test_the_made_up_scenario_has_the_courses_mix(made_up: list[Action]) -> None:
    """CONTRACT A.7: 25,922 actions."""
    kinds = Counter(action.kind for action in made_up)
    assert kinds == {"register": 200, "tweet": 11_306, "follow": 9_751, "unfollow": 4_665}


def test_a_seed_makes_the_same_scenario_again(made_up: list[Action]) -> None:
    assert scenario(seed=1) == made_up
    assert scenario(seed=2) != made_up


def test_only_those_who_registered_before_act_or_are_followed(made_up: list[Action]) -> None:
    there: set[str] = set()
    for action in made_up:
        if action.kind == "register":
            assert action.name not in there
            there.add(action.name)
        else:
            assert action.name in there
        if action.kind in ("follow", "unfollow"):
            assert action.about in there - {action.name}


def test_most_unfollows_are_of_somebody_followed(made_up: list[Action]) -> None:
    follows: set[tuple[str, str]] = set()
    ended = 0
    for action in made_up:
        if action.kind == "follow":
            follows.add((action.name, action.about))
        if action.kind == "unfollow":
            ended += (action.name, action.about) in follows
            follows.discard((action.name, action.about))
    assert ended > 4_665 / 2


def test_made_up_texts_are_short_but_for_one_of_8000_characters(made_up: list[Action]) -> None:
    lengths = sorted(len(action.about) for action in made_up if action.kind == "tweet")
    assert lengths[-1] == 8000
    assert lengths[-2] <= 140


def test_made_up_names_and_texts_reach_beyond_ascii(made_up: list[Action]) -> None:
    assert any(not action.name.isascii() for action in made_up)
    assert any("“" in action.about and "—" in action.about for action in made_up)
    assert any(not action.password.isalnum() for action in made_up if action.password)


def test_runs_of_other_names_share_neither_names_nor_ids(made_up: list[Action]) -> None:
    others = scenario(seed=1, names="b")
    assert not {action.name for action in others} & {action.name for action in made_up}
    assert not {action.id for action in others} & {action.id for action in made_up}
    assert max(action.id for action in others + made_up) < 2**31


def test_a_small_share_still_has_somebody_to_follow() -> None:
    mix = Mix().scaled(0.001)
    assert mix == Mix(register=2, tweet=11, follow=10, unfollow=5)
    assert len(scenario(seed=1, mix=mix)) == 28
