"""Changes as markdown renders them, old above new, by whole blocks.

The source stays the legal text: where two sources render alike, that is said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from reviews.memory import lines as texts
from reviews.memory import rows
from reviews.memory.rows import Row
from reviews.web.presenters.diffs import Change
from reviews.web.presenters.markdown import render
from reviews.web.presenters.pieces import ODD

# So many lines are rendered on one page; the source view shows the others.
MOST = 2_000


@dataclass(frozen=True)
class Block:
    """One stretch of both texts between blank lines, rendered."""

    line: int
    old: SafeString | None
    new: SafeString | None

    @property
    def alike(self) -> bool:
        """Whether nobody could see a difference between the two."""
        return (
            self.old is not None
            and self.new is not None
            and _seen(self.old) == _seen(self.new)
        )


def blocks(change: Change) -> list[Block]:
    """Every changed block of both texts; the lines around it tell what it is part of."""
    sizes = [len(texts.split(text)) for text in (change.old, change.new)]
    if sizes != [change.diff.old_size, change.diff.new_size]:
        return []
    found = rows.rows(change.diff, change.old, change.new)
    return [_block(found[start:end]) for start, end in _stretches(found[:MOST])]


def _stretches(found: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Where blocks with a change in them begin and end: at blank lines."""
    start, changed = 0, False
    for number, row in enumerate(found):
        if row.kind != "equal":
            changed = True
        elif not row.after[0].text.strip():
            if changed:
                yield start, number
            start, changed = number + 1, False
    if changed:
        yield start, len(found)


def _block(found: Sequence[Row]) -> Block:
    olds = [_text(row.before) for row in found if row.old is not None]
    news = [_text(row.after) for row in found if row.new is not None]
    first = next((row.new for row in found if row.new is not None), None)
    return Block(
        line=(found[0].old or 0) + 1 if first is None else first + 1,
        old=render("\n".join(olds)) if any(map(str.strip, olds)) else None,
        new=render("\n".join(news)) if any(map(str.strip, news)) else None,
    )


def _text(segments: Sequence[rows.Segment]) -> str:
    return "".join(segment.text for segment in segments)


def _seen(html: str) -> str:
    """What of it the eye can tell apart."""
    return re.sub(r"\s+", " ", ODD.sub("", html)).strip()
