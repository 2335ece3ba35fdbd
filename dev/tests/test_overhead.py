"""What logging and metrics cost can be measured; how much that is, is no test's business."""

import os
import re

import pytest

from dev import overhead
from dev.trouble import Trouble


def test_the_cost_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(overhead, "ROUNDS", 2)
    monkeypatch.setattr(overhead, "REQUESTS", 100)
    overhead.main()
    told = re.search(r"takes (\d+) µs of CPU time, (\d+) µs of it without", capsys.readouterr().out)
    assert told is not None
    assert all(int(figure) > 0 for figure in told.groups())


@pytest.mark.timeout(60)
def test_a_service_that_does_not_start_is_not_waited_for() -> None:
    nothing = {"PATH": os.defpath}
    with pytest.raises(Trouble, match="did not start"), overhead.service(nothing, "with"):
        pass
