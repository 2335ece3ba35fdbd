"""The pictures of docs/performance.md."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from dev.bench.report import Report
from dev.services import PARTS

WIDTH = 9.0


def draw(report: Report, folder: Path) -> None:
    """SVG, so that a change shows as a change of text; no date and no random ids in it."""
    folder.mkdir(exist_ok=True)
    plt.rcParams["svg.hashsalt"] = "minitwit"
    plt.rcParams["svg.fonttype"] = "none"
    _throughput(report, folder / "throughput.svg")
    _cpu(report, folder / "cpu.svg")
    _growth(report, folder / "growth.svg")


def _save(figure: Figure, file: Path) -> None:
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _throughput(report: Report, file: Path) -> None:
    """Each route's share of the bare view's throughput."""
    results = list(list(report.results.values())[-1].values())[::-1]
    figure, axes = plt.subplots(figsize=(WIDTH, 0.35 * len(results) + 1))
    axes.barh([each.title for each in results], [min(each.ratio, 1.5) for each in results])
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("throughput, as a share of a bare Flask view's (cut at 1.5)")
    _save(figure, file)


def _cpu(report: Report, file: Path) -> None:
    """Which part spends how much on a request."""
    results = list(list(report.results.values())[-1].values())[::-1]
    figure, axes = plt.subplots(figsize=(WIDTH, 0.35 * len(results) + 1.4))
    left = [0.0] * len(results)
    for part in PARTS:
        used = [1000 * each.cpu.get(part, 0.0) for each in results]
        axes.barh([each.title for each in results], used, left=left, label=part)
        left = [a + b for a, b in zip(left, used, strict=True)]
    axes.set_xlabel("CPU time per request, ms")
    axes.legend(ncols=len(PARTS), loc="lower center", bbox_to_anchor=(0.4, 1), frameon=False)
    _save(figure, file)


def _growth(report: Report, file: Path) -> None:
    """p50 of each route in each world."""
    sizes = list(report.results)
    figure, axes = plt.subplots(figsize=(WIDTH, 5))
    for name, each in report.results[sizes[0]].items():
        times = [1000 * report.results[size][name].p50 for size in sizes]
        axes.plot(sizes, times, marker="o", label=each.title)
    axes.set_xlabel("messages")
    axes.set_ylabel("p50 at half of saturation, ms")
    axes.set_yscale("log")
    axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    _save(figure, file)
