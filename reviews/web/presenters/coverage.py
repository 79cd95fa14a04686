"""How much of what a dream read it could make something of, as shares with their counts."""

from collections.abc import Iterator
from dataclasses import dataclass

from reviews.dreams.models import Dream

# Below this share, a page says in words what it means.
LOW = 0.5
# The part, the whole, what they are, and what it means when it is little.
_SHARES = (
    (
        "calls_answered",
        "calls",
        "calls have a result",
        (
            "Most calls came without what they answered, so most mistakes cannot be seen: "
            "have a look at how the runs are recorded."
        ),
    ),
    (
        "failures_with_signature",
        "failures",
        "failures say what failed",
        (
            "Most failures say nothing that comes back, so they cannot be told apart or "
            "counted together."
        ),
    ),
    (
        "rated",
        "runs",
        "runs have an outcome",
        (
            "For most runs nobody said how they ended: what good runs do alike can hardly be "
            "told from what bad ones do."
        ),
    ),
)
_UNREADABLE = (
    "The engine could make nothing of most traces: look at the format they came in."
)


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int
    words: str
    # What a low share means; empty otherwise.
    means: str = ""

    @property
    def percent(self) -> str:
        """As people say it; nothing of nothing has none."""
        # Rounded down: 499 of 1,000 is not half.
        return f"{100 * self.part // self.whole}%" if self.whole else ""

    @property
    def counted(self) -> str:
        """So many of so many, in words."""
        return f"{self.part:,} of {self.whole:,}"


def shares(dream: Dream) -> list[Share]:
    """The shares that the dream's engine knows, each with its bar."""
    found = dream.coverage
    made = [
        _share(int(found[part]), int(found[whole]), words, means)
        for part, whole, words, means in _SHARES
        if part in found and whole in found
    ]
    traces = dream.counts.get("traces", 0)
    if "unreadable" in dream.counts and traces:
        readable = traces - dream.counts["unreadable"]
        made.append(_share(readable, traces, "traces could be read", _UNREADABLE))
    return made


def facts(dream: Dream) -> list[tuple[str, str]]:
    """Whatever else the engine said of what it read."""
    shown = {name for part, whole, *_ in _SHARES for name in (part, whole)}
    return list(_plain(dream, shown))


def _plain(dream: Dream, shown: set[str]) -> Iterator[tuple[str, str]]:
    known = {"calls", "failures", "runs"} & set(dream.coverage)
    for name in sorted((set(dream.coverage) - shown) | known):
        value = dream.coverage[name]
        whole = float(value).is_integer()
        yield name.replace("_", " "), f"{value:,.0f}" if whole else f"{value:.0%}"


def _share(part: int, whole: int, words: str, means: str) -> Share:
    low = whole > 0 and part / whole < LOW
    return Share(part, whole, words, means if low else "")
