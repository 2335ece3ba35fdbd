"""A progress bar on stderr: lively in a terminal, a line now and then in a file."""

import sys
from typing import Any

from tqdm import tqdm


def bar(total: int, title: str, unit: str) -> "tqdm[Any]":
    often = 0.1 if sys.stderr.isatty() else 10
    return tqdm(total=total, desc=title, unit=f" {unit}", mininterval=often, dynamic_ncols=True)
