"""What a rule is about: its words without their endings, and the numbers in it."""

import re

from reviews.memory.stems import stem

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Names of tools, files and options: what a rule is about more than by any word.
_NAME = re.compile(r"`([^`\n]{2,80})`|\b(\w+(?:_\w+)+)\b|(?<!\w)(--?[a-z][\w-]+)")


def words(text: str) -> tuple[str, ...]:
    """The different words of a text, in order, without their endings."""
    plain = "".join(c if c.isalnum() else " " for c in text.casefold())
    found = (stem(word) for word in plain.split() if len(word) > 2)
    return tuple(dict.fromkeys(found))


def numbers(text: str) -> tuple[str, ...]:
    """The numbers in a text, sorted."""
    return tuple(sorted(_NUMBER.findall(text)))


def names(text: str) -> frozenset[str]:
    """What a text calls by name: in backticks, with underscores, options."""
    return frozenset(
        next(filter(None, found.groups())).casefold() for found in _NAME.finditer(text)
    )
