"""Words without their endings, so that refunds and refunded are one. Pure, English."""

_ENDINGS = ("ations", "ation", "ing", "ies", "ed", "es", "ly", "s", "e")
# Of a shorter word nothing is left.
_LEAST = 3


def stem(word: str) -> str:
    """A word without its ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word
