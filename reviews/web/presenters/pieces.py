"""A text as pages show it: what cannot be seen in it is taken out by name.

Every text that comes from outside passes here, in diffs, in memories and in traces.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from reviews.memory import oddities

Mark = Literal["", "del", "ins"]

# What cannot be seen or looks like something else: shown as chips, never silently.
ODD = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4"
    "\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
TRAILING = re.compile(r"[ \t]+$")


@dataclass(frozen=True)
class Piece:
    """A stretch of a line: plain, only on one side, or one odd character by name."""

    text: str
    mark: Mark = ""
    odd: bool = False
    name: str = ""

    @property
    def marked(self) -> bool:
        return bool(self.mark)


def pieces(text: str, *, mark: Mark = "", last: bool = True) -> Iterator[Piece]:
    """A stretch of text with its odd characters taken out by name.

    ``last`` says that the line ends here, where even plain spaces are odd.
    """
    tail = TRAILING.search(text) if last else None
    end = tail.start() if tail else len(text)
    at = 0
    for found in ODD.finditer(text, 0, end):
        if found.start() > at:
            yield Piece(text[at : found.start()], mark)
        yield Piece(found.group(), mark, odd=True, name=oddities.name_of(found.group()))
        at = found.end()
    if at < end:
        yield Piece(text[at:end], mark)
    if tail:
        yield Piece(tail.group(), mark, odd=True, name="trailing space")


def judged(text: str, *, mark: Mark = "", last: bool = True) -> Iterator[Piece]:
    """The same where it is decided about words: tabs and look-alikes are told too.

    It takes ten times as long, which a diff is worth and a run of a thousand steps not.
    """
    at = 0
    for odd in oddities.find(text):
        if odd.kind in ("trailing", "return") and not last:
            continue
        if odd.start > at:
            yield Piece(text[at : odd.start], mark)
        yield Piece(text[odd.start : odd.end], mark, odd=True, name=odd.name)
        at = odd.end
    if at < len(text):
        yield Piece(text[at:], mark)
