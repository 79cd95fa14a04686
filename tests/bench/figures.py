"""Figures as they are printed: ours, the reference's and the limit's, as ratios."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

type Times = Sequence[float]


@dataclass(frozen=True)
class Figure:
    """One thing measured in one run; a ratio says ours in relation to the other."""

    what: str
    unit: str
    ours: float
    reference: float | None = None
    limit: float | None = None
    # What PERFORMANCE.md asks for, in words.
    goal: str = ""

    def cells(self) -> list[str]:
        return [
            self.what,
            f"{_short(self.ours)} {self.unit}",
            _short(self.reference),
            _ratio(self.ours, self.reference),
            _short(self.limit),
            _ratio(self.ours, self.limit),
            self.goal,
        ]


def p50(times: Times) -> float:
    """The median, in milliseconds."""
    return statistics.median(times) * 1000


def p95(times: Times) -> float:
    """The 95th percentile, in milliseconds."""
    return sorted(times)[int(len(times) * 0.95)] * 1000


HEADER = ["", "ours", "reference", "ratio", "limit", "ratio", "goal"]


def table(titled: Iterable[tuple[str, Sequence[Figure]]]) -> str:
    """All figures as a Markdown table, one bold line per measure."""
    rows = [HEADER]
    for title, figures in titled:
        rows.append([f"**{title}**", *[""] * (len(HEADER) - 1)])
        rows += [figure.cells() for figure in figures]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADER))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        + " |"
        for row in rows
    )


def _ratio(ours: float, other: float | None) -> str:
    return f"{ours / other:.2f}x" if other else ""


def _short(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"
