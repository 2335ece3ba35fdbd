"""The bars for events. A bar returns in words how it was missed, and "" if it was met."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from infra.proof.samples import Figures, Sample, span

Bar = Callable[[Figures], str]


def nothing_fails(figures: Figures) -> str:
    return _told(figures.failed, "failed")


def nothing_fails_at(node: str) -> Bar:
    return lambda figures: _told(figures.failed_at(node), f"failed at {node}")


def no_read_fails(figures: Figures) -> str:
    return _told(figures.failed_reads, "reads failed")


def nothing_is_lost(figures: Figures) -> str:
    return f"{figures.lost} acknowledged writes lost" if figures.lost else ""


def back_within(seconds: float) -> Bar:
    """Within `seconds` of the event's start, the p99 is as it was before."""

    def bar(figures: Figures) -> str:
        late = figures.recovery > seconds
        return f"p99 back after {figures.recovery:.0f} s, not {seconds:.0f} s" if late else ""

    return bar


def errors_end_within(seconds: float, node: str = "") -> Bar:
    """Counted from the first error; `node` names the node that clients can still reach."""

    def bar(figures: Figures) -> str:
        lasted = span(figures.failed_at(node) if node else figures.failed)
        return f"errors for {lasted:.1f} s, not {seconds:.0f} s" if lasted > seconds else ""

    return bar


def errors_say_later(figures: Figures) -> str:
    """Each is a 503 with Retry-After, or a page that says which part of it is missing."""
    unclear = [it for it in figures.failed if it.status != 200 and not it.says_later]
    return _told(unclear, "failed without a clear 503")


def one_node_at_a_time(nodes: Sequence[str]) -> Bar:
    """While requests fail at one node, none fails at another."""

    def bar(figures: Figures) -> str:
        gaps = sorted(_gap(figures.failed_at(node)) for node in nodes if figures.failed_at(node))
        for (_, end), (start, _) in pairwise(gaps):
            if start < end:
                return f"requests failed at two nodes at once, for {end - start:.1f} s"
        return ""

    return bar


def _gap(failed: Sequence[Sample]) -> tuple[float, float]:
    return min(it.at for it in failed), max(it.at for it in failed)


def _told(failed: Sequence[Sample], what: str) -> str:
    return f"{len(failed)} {what}" if failed else ""
