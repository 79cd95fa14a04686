"""Lines of a text, by one definition for diff, blame, rules and merge.

A line ends at a newline and nowhere else (not at U+2028, not at a form feed), and a
carriage return before it belongs to the line, so that nothing is normalised silently.
Line numbers start at 0 and ranges are half-open, as slices are; pages add 1.
"""

from collections.abc import Sequence
from itertools import accumulate

Range = tuple[int, int]


def split(text: str) -> list[str]:
    """The lines of a text without their newlines; an empty text has none."""
    if not text:
        return []
    lines = text.split("\n")
    if text.endswith("\n"):
        lines.pop()
    return lines


def starts(lines: Sequence[str]) -> list[int]:
    """Where each line starts in its text, and where one more would."""
    return list(accumulate((len(line) + 1 for line in lines), initial=0))


def is_ended(text: str) -> bool:
    """Whether the last line has its newline, or there is no line to end."""
    return not text or text.endswith("\n")


def join(lines: Sequence[str], *, ended: bool = True) -> str:
    """The text of these lines; with ``is_ended`` it undoes ``split`` byte for byte."""
    if not lines:
        return ""
    return "\n".join(lines) + ("\n" if ended else "")
