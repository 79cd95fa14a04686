"""Charts as SVG, drawn on the server: one share over weeks each, with its numbers beside.

Each line is alone under its own title, so nothing is told by colour, and every chart has
its table.
"""

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 320, 104
LEFT, RIGHT, TOP, BOTTOM = 34, WIDTH - 10, 10, HEIGHT - 22


class Point(msgspec.Struct, frozen=True):
    """One value at its place: part of whole, nothing where there was no whole."""

    x: float
    y: float
    part: int
    whole: int
    label: str
    # What it counts, as a list.
    url: str


class Chart(msgspec.Struct, frozen=True):
    """One line within its frame, from nothing to a rounded top."""

    points: tuple[Point, ...]
    # An SVG path; broken where a week had no runs.
    path: str
    top: int
    # Heights of the rules, and what they stand for.
    ticks: tuple[tuple[float, str], ...]
    # Where the line begins and where it ends, in words.
    span: tuple[str, str]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT


def share(
    labels: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    links: Sequence[str],
    span: tuple[str, str],
) -> Chart:
    """A chart of parts of wholes in percent: one pair per label, and where it leads."""
    percents = [100 * part / whole for part, whole in pairs if whole]
    top = next(
        one for one in (5, 10, 20, 40, 60, 80, 100) if one >= max(percents, default=0)
    )
    step = (RIGHT - LEFT) / max(1, len(labels) - 1)
    points = tuple(
        Point(
            round(LEFT + place * step, 1), _y(100 * part / whole, top),
            part, whole, labels[place], links[place],
        )
        for place, (part, whole) in enumerate(pairs)
        if whole
    )  # fmt: skip
    ticks = tuple((_y(value, top), f"{value:g} %") for value in (0, top / 2, top))
    return Chart(points, _path(points, step), top, ticks, span)


def _path(points: Sequence[Point], step: float) -> str:
    drawn, last = [], None
    for point in points:
        begun = last is not None and point.x - last.x < 1.5 * step
        drawn.append(f"{'L' if begun else 'M'}{point.x} {point.y}")
        last = point
    return " ".join(drawn)


def _y(percent: float, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * percent / top, 1)
