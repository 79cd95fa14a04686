"""What a sentence is about: its words without their endings."""

import re

from reviews.dreams.mining.cues import languages
from reviews.memory.stems import stem

_WORD = re.compile(r"[^\W\d_]{3,}")


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
