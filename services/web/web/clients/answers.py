"""Reading what providers say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from chassis.connections import Pending
from chassis.http_client import Answer, Provider

T = TypeVar("T")


class Refused(Exception):
    """A provider understood and said no; `slug` is stable, `detail` is for people."""

    def __init__(self, provider: str, status: int, slug: str, detail: str) -> None:
        super().__init__(f"{provider}: {status} {slug}")
        self.status = status
        self.slug = slug
        self.detail = detail


def is_done(provider: Provider, answer: Answer, unless: int) -> bool:
    """Whether it was done (204), or could not be for the one reason that has this status."""
    if answer.status == unless:
        return False
    accept(provider, answer, 204)
    return True


def accept(provider: Provider, answer: Answer, status: int) -> Any:
    """The body of an answer that has the one status hoped for; Refused otherwise."""
    if answer.status == status:
        return answer.body
    problem = answer.body if isinstance(answer.body, dict) else {}
    slug, detail = str(problem.get("slug", "")), str(problem.get("detail", ""))
    raise Refused(provider.name, answer.status, slug, detail)


def parsed(
    provider: Provider, answer: Pending[Answer], parse: Callable[[Any], T], status: int = 200
) -> Pending[T]:
    """`parse` of the body, once it is here."""

    def result() -> T:
        said = answer()
        with reading(provider):
            return parse(accept(provider, said, status))

    return result


@contextmanager
def reading(provider: Provider) -> Iterator[None]:
    """A body of another shape than agreed is no usable answer: Unavailable."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise provider.unavailable(f"unreadable body: {error!r}") from error
