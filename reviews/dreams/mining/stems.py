"""What a sentence is about: its words without their endings."""

import re
from collections.abc import Iterable, Mapping

from reviews.dreams.mining import cues
from reviews.dreams.mining.cues import Cues

_WORD = re.compile(r"[^\W\d_]{3,}")
# Where words are not set apart, what is written in Chinese characters or katakana is what
# a sentence is about; hiragana holds it together.
_CHARACTERS = re.compile("[\u30a0-\u30ff]{2,}|[\u4e00-\u9fff]+")


def key_of(
    text: str, language: Cues | None = None, synonyms: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """What a sentence is about: its stems without scaffolding, synonyms as one, in order."""
    its = language or cues.of(text)
    words = {_one_of(word, its, synonyms or {}) for word in _words(text, its)}
    about = (word for word in words if word not in its.scaffolding)
    return tuple(sorted({its.stem(word) for word in about}))


def _words(text: str, its: Cues) -> Iterable[str]:
    return (_CHARACTERS if its.name == "ja" else _WORD).findall(text.lower())


def _one_of(word: str, its: Cues, more: Mapping[str, str]) -> str:
    """A word in the singular, or the first of its synonyms."""
    single = f"{word[:-3]}y" if word.endswith("ies") and len(word) > 4 else word
    for form in (word, single, word.removesuffix("s")):
        for known in (more, its.synonyms):
            if form in known:
                return known[form]
    return single
