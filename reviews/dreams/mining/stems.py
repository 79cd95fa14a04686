"""Words without their endings, and what a sentence is about."""

import re

from reviews.dreams.mining.cues import languages

_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDINGS = ("ations", "ation", "ing", "ies", "ed", "es", "ly", "s", "e")


def stem(word: str) -> str:
    """A word without its ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def key_of(text: str) -> tuple[str, ...]:
    """What a sentence is about: its stems without scaffolding, synonyms as one, in order."""
    words = {_one_of(word) for word in _WORD.findall(text.lower())}
    about = (
        word for word in words if not any(word in it.scaffolding for it in languages())
    )
    return tuple(sorted({stem(word) for word in about}))


def _one_of(word: str) -> str:
    """A word in the singular, or the first of its synonyms."""
    single = f"{word[:-3]}y" if word.endswith("ies") and len(word) > 4 else word
    for cues in languages():
        for form in (word, single, word.removesuffix("s")):
            if form in cues.synonyms:
                return cues.synonyms[form]
    return single
