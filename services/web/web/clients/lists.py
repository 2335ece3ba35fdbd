"""Lists as the providers' APIs give them: page by page, newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

PAGE = 30


@dataclass(frozen=True)
class Cursor:
    """Which page: what is older than one item, newer than one, or (neither) the newest."""

    before: int | None = None
    after: int | None = None

    def bounds(self) -> dict[str, int]:
        """As the providers' APIs want it."""
        bounds = {"limit": PAGE, "before": self.before, "after": self.after}
        return {name: value for name, value in bounds.items() if value is not None}


@dataclass(frozen=True)
class Page(Generic[T]):
    """Newest first; `older` and `newer` are cursors where there are such pages."""

    items: Sequence[T]
    older: int | None
    newer: int | None


def page_in(body: Any, item: Callable[[Any], T]) -> Page[T]:
    """The page in a provider's answer, each of its items read by `item`."""
    return Page([item(each) for each in body["items"]], body["older"], body["newer"])
