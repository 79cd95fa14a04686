"""What the agent did after a failure until the same tool worked: the fix, as it happened."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from reviews.dreams.mining import arguments
from reviews.dreams.mining.normalisation import Call

_ALNUM = re.compile(r"[\W_]+")
_ANSWER_READ = 2_000
# Longer values, and those of several words, are prose or code: their case and
# punctuation are no advice.
_SHORT = 60
_MOST_TEXTS = 20


class Recovery(msgspec.Struct, frozen=True):
    """The next good call of the tool, how it differs, and what was called in between."""

    call: Call
    distance: int
    # "class:argument" or "class:argument:detail", sorted.
    changes: tuple[str, ...]
    between: tuple[str, ...]

    @property
    def unchanged(self) -> bool:
        """The very same call worked later."""
        return not self.changes


def recovery(
    made: Sequence[Call], failed: int, name: str, window: int
) -> Recovery | None:
    """Find the next good call of the tool that failed, within so many calls."""
    lost = made[failed]
    for distance, call in enumerate(made[failed + 1 : failed + 1 + window], start=1):
        if name in call.names and call.fine:
            changes = () if lost.shell else tuple(sorted(set(_changes(lost, call))))
            if lost.shell and lost.arguments != call.arguments:
                changes = ("other:command",)
            helped = made[failed + 1 : failed + distance]
            between = dict.fromkeys(_helpers(lost, call, helped, name))
            return Recovery(call, distance, changes, tuple(between))
    return None


def _helpers(
    lost: Call, found: Call, between: Sequence[Call], name: str
) -> Iterator[str]:
    """Tools that may have brought the way out.

    Where the same call worked later, any call in between may have. Where it was changed,
    only one whose answer holds what is new in it.
    """
    new = [] if lost.shell else list(_new_texts(lost, found))[:_MOST_TEXTS]
    for call in between:
        if not call.fine or name in call.names or call.idle or call.result is None:
            continue
        if lost.arguments == found.arguments or any(
            text in call.result.text for text in new
        ):
            yield from call.names


def _new_texts(lost: Call, found: Call) -> Iterator[str]:
    """What the changed arguments say for the first time; of long texts their longest line."""
    old = {leaf for leaf in arguments.leaves(lost.arguments) if isinstance(leaf, str)}
    for leaf in arguments.leaves(found.arguments):
        if isinstance(leaf, str) and leaf not in old:
            line = max(leaf.splitlines() or [""], key=len).strip()
            if len(line) >= 3:
                yield line


def _changes(lost: Call, found: Call) -> Iterator[str]:
    answer = lost.result.text[:_ANSWER_READ] if lost.result else ""
    for name in sorted(lost.arguments.keys() | found.arguments.keys()):
        if name not in found.arguments:
            yield f"removed:{name}"
        elif name not in lost.arguments:
            choice = arguments.enum(found.arguments[name])
            yield f"added:{name}:{choice}" if choice else f"added:{name}"
        elif lost.arguments[name] != found.arguments[name]:
            yield _change(name, lost.arguments[name], found.arguments[name], answer)


def _change(name: str, old: Any, new: Any, answer: str) -> str:
    if isinstance(old, str) and isinstance(new, str):
        return _change_of_text(name, old, new, answer)
    before, after = arguments.numbers(old), arguments.numbers(new)
    stated = arguments.numbers_in(answer)
    if after and _sum(after) in stated and _sum(before) != _sum(after):
        return (
            f"sum_from_error:{name}" if len(after) > 1 else f"number_from_error:{name}"
        )
    known = [leaf for leaf in arguments.leaves(old) if isinstance(leaf, str)]
    offered = [leaf for leaf in arguments.leaves(new) if isinstance(leaf, str)]
    chosen = [leaf for leaf in offered if leaf not in known][:_MOST_TEXTS]
    if chosen and all(_offers(answer, leaf, known) for leaf in chosen):
        return f"from_error:{name}"
    if isinstance(old, str) and not isinstance(new, str) and old == str(new):
        return f"typed:{name}"
    return f"other:{name}"


def _sum(numbers: list[float]) -> float:
    return round(sum(numbers), 2)


def _change_of_text(name: str, old: str, new: str, answer: str) -> str:
    if len(old) > 2 and old[0] == old[-1] and old[0] in "\"'" and old[1:-1] == new:
        return f"unquoted:{name}"
    if _offers(answer, new, [old]):
        return f"from_error:{name}"
    if max(len(old), len(new)) > _SHORT or len((old + "." + new).split()) > 1:
        return _change_of_length(name, old, new)
    if old.casefold() == new.casefold():
        return f"case:{name}"
    if _ALNUM.sub("", old) == _ALNUM.sub("", new):
        return f"punctuation:{name}"
    if old and new.endswith(old):
        return f"prefixed:{name}:{_affix(new[: -len(old)])}".rstrip(":")
    if old and new.startswith(old):
        return f"suffixed:{name}:{_affix(new[len(old) :])}".rstrip(":")
    return _change_of_length(name, old, new)


def _change_of_length(name: str, old: str, new: str) -> str:
    if new and new in old:
        return f"shortened:{name}"
    return f"extended:{name}" if old and old in new else f"other:{name}"


def _offers(answer: str, value: str, known: Sequence[str]) -> bool:
    """Whether an answer names a value by itself, not only as a part of what it was given."""
    if len(value) < 3 or value not in answer:
        return False
    for given in sorted(known, key=len, reverse=True)[:_MOST_TEXTS]:
        if value in given:
            answer = answer.replace(given, " ")
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", answer) is not None


def _affix(text: str) -> str:
    """A short affix worth naming in a rule: a schema, an extension; never an instance's."""
    usable = 0 < len(text) <= 12 and not any(
        one.isdigit() or one.isspace() for one in text
    )
    return text if usable and ":" not in text else ""
