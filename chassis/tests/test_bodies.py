"""What is read out of a JSON body."""

import pytest

from chassis import bodies
from chassis.errors import BadRequest

LARGEST = 2**63 - 1


@pytest.mark.parametrize("ids", [[], [1], [3, 1, 3], [LARGEST]])
def test_a_list_of_ids_is_read_as_it_came(ids: list[int]) -> None:
    assert bodies.ids({"ids": ids}, "ids", 3) == ids


def test_json_does_not_tell_whole_numbers_apart_by_how_they_are_written() -> None:
    assert bodies.ids({"ids": [1.0, 2]}, "ids", 2) == [1, 2]


@pytest.mark.parametrize(
    "value",
    [None, 1, "1", {}, [1, 2, 3, 4], [0], [-1], [True], ["1"], [None], [1.5], [LARGEST + 1],
     [2.0**63], [float("inf")], [[1]]],
)  # fmt: skip
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(BadRequest):
        bodies.ids({"ids": value}, "ids", 3)
