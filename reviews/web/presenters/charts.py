"""Charts as SVG, drawn on the server: lines of shares over weeks, with their numbers beside.

Nothing is told by colour alone: each line ends in its name, and every chart has its table.
"""

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 640, 160
LEFT, RIGHT, TOP, BOTTOM = 34, 130, 10, 22


class Point(msgspec.Struct, frozen=True):
    """One value at its place: part of whole, nothing where there was no whole."""

    x: float
    y: float
    part: int
    whole: int
    label: str


class Line(msgspec.Struct, frozen=True):
    """One share over time."""

    name: str
    points: tuple[Point, ...]
    # An SVG path; broken where a week had no runs.
    path: str
    # Where its name stands: beside its end, pushed off other names.
    name_y: float
    number: int


class Chart(msgspec.Struct, frozen=True):
    """Lines within one frame, from nothing to a rounded top."""

    lines: tuple[Line, ...]
    top: int
    ticks: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def shares(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[tuple[int, int]]]]
) -> Chart:
    """A chart of parts of wholes in percent; each series has one pair per label."""
    percents = [
        100 * part / whole for _, pairs in series for part, whole in pairs if whole
    ]
    top = next(
        step
        for step in (5, 10, 20, 40, 60, 80, 100)
        if step >= max(percents, default=0)
    )
    lines = [
        _line(name, number, pairs, labels, top)
        for number, (name, pairs) in enumerate(series)
    ]
    ticks = tuple(
        (round(_y(value, top), 1), f"{value:g} %") for value in (0, top / 2, top)
    )
    return Chart(tuple(_apart(lines)), top, ticks)


def _line(
    name: str,
    number: int,
    pairs: Sequence[tuple[int, int]],
    labels: Sequence[str],
    top: int,
) -> Line:
    width = (WIDTH - LEFT - RIGHT) / max(1, len(labels) - 1)
    points = tuple(
        Point(round(LEFT + place * width, 1), round(_y(100 * part / whole, top), 1), part, whole, label)
        for place, ((part, whole), label) in enumerate(zip(pairs, labels, strict=True))
        if whole
    )  # fmt: skip
    drawn, last = [], None
    for point in points:
        begun = last is not None and point.x - last.x < 1.5 * width
        drawn.append(f"{'L' if begun else 'M'}{point.x} {point.y}")
        last = point
    end = points[-1].y if points else float(HEIGHT - BOTTOM)
    return Line(name, points, " ".join(drawn), end, number)


def _y(percent: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * percent / top


def _apart(lines: Sequence[Line]) -> list[Line]:
    """Names of lines that end near each other, one below the other."""
    placed: list[Line] = []
    free = float(TOP)
    for line in sorted(lines, key=lambda one: (one.name_y, one.number)):
        at = max(line.name_y, free)
        free = at + 14
        placed.append(msgspec.structs.replace(line, name_y=round(at, 1)))
    over = free - 14 - (HEIGHT - 4)
    if over > 0:
        placed = [
            msgspec.structs.replace(one, name_y=round(one.name_y - over, 1))
            for one in placed
        ]
    return placed
