"""What a model says, held against what it was shown: quotes, numbers, names.

A quote comes back as a range of the stored step, sliced by code, or not at all. Words of a
rule may only name what people or the agent named, or what code itself derived.
"""

import re
from collections.abc import Sequence

import msgspec

from reviews.dreams.claude import plain, prompts
from reviews.dreams.claude.cards import Card
from reviews.dreams.claude.schemas import Cited
from reviews.dreams.mining import wording
from reviews.proposals import flags, names, quotations
from reviews.proposals.drafts import Quote, Stance

# Independent groups that must be quoted for a rule that a model has worded.
GROUPS = 2
# A shorter quote than this says nothing, unless it is all that was said.
_SHORTEST = 8
_MOST_QUOTES = 8
# Letters of a word, on average: a wall of letters is no sentence.
_LONGEST_WORD = 20
_UNFIT = ("instruction-like", "invisible-characters", "secret", "personal-data")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_INSTANCE = re.compile(
    r"\b[A-Za-z]+[-_#]?\d{3,}\b|#\w*\d{2,}|\d{5,}|\d{4}-\d\d-\d\d|/(?:home|Users)/"
)
# Options of commands, which are names though nothing marks them as such.
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]+")


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The quotes that hold, and how many did not."""

    quotes: tuple[Quote, ...] = ()
    groups: frozenset[str] = frozenset()
    dropped: int = 0


def quotes(cited: Sequence[Cited], card: Card, stance: Stance) -> Verified:
    """Each quote as a range of its step; one that is nearly right is put right."""
    held: dict[tuple[str, str, int, int], Quote] = {}
    groups: set[str] = set()
    dropped = mended = 0
    for one in cited[:_MOST_QUOTES]:
        excerpt = card.excerpt(one.trace)
        step = excerpt.step(one.step) if excerpt else None
        if excerpt is None or step is None or not _says_enough(one.text, step.text):
            dropped += 1
            continue
        found = plain.find(one.text, step.text)
        if found is None and not mended:
            found = plain.near(one.text, step.text)
            mended += found is not None
        if found is None:
            dropped += 1
            continue
        start, end = found
        text = step.text[start:end]
        held[excerpt.name, excerpt.trace, step.index, start] = Quote(
            agent=excerpt.agent, trace=excerpt.trace, step=step.index,
            start=start, end=end, sha256=quotations.sha256(text), stance=stance,
            text=text, person=excerpt.person, provenance=step.provenance,
        )  # fmt: skip
        groups.add(excerpt.group)
    return Verified(
        quotes=tuple(held.values()),
        groups=frozenset(groups),
        dropped=dropped + len(cited[_MOST_QUOTES:]),
    )


def fault(
    text: str, card: Card, memory: str = "", most: int = wording.LONGEST
) -> tuple[str, str]:
    """Why words may not become a rule: code and reason, or nothing.

    ``memory`` is what the store says already: its names and numbers are known.
    """
    if prompts.leaks(text):
        return "recited", "The answer recites its instructions."
    if not text.strip():
        return "empty", "The answer has no words for it."
    if len(text.split()) > most or len(text) > _LONGEST_WORD * most:
        return "too-long", "It cannot be said in few words."
    raised = sorted(set(flags.on_text(text, memory)) & set(_UNFIT))
    if raised:
        return (
            raised[0],
            "Its words give orders, hide something or name somebody.",
        )
    found = _INSTANCE.search(text)
    if found and found.group() not in f"{memory}\n{_derived(card)}":
        return "instance-specific", "Its words name one instance."
    if number := _unknown_number(text, card, memory):
        return "wrong-number", f"The number {number} stands in none of its evidence."
    if name := _unknown_name(text, card, memory):
        return (
            "unheard-name",
            f"“{name[:80]}” was named by no person and no agent in its evidence.",
        )
    return "", ""


def _says_enough(quote: str, step: str) -> bool:
    said = quote.strip()
    return len(said) >= _SHORTEST or (bool(said) and said == step.strip())


def _unknown_number(text: str, card: Card, memory: str) -> str:
    known = {
        number
        for part in (*card.texts(), memory, _derived(card))
        for number in _NUMBER.findall(part)
    }
    return next((number for number in _NUMBER.findall(text) if number not in known), "")


def _unknown_name(text: str, card: Card, memory: str) -> str:
    """A name in a rule that comes from nobody who has a say."""
    known = f"{memory}\n{_derived(card)}"
    heard = [*card.texts("person", "agent", "operator"), " ".join(card.tools())]
    missing = names.unheard(text, known, heard)
    if missing:
        return missing[0]
    said = "\n".join([known, *heard])
    return next((one for one in _OPTION.findall(text) if one not in said), "")


def _derived(card: Card) -> str:
    """What code itself derived: tools, arguments, steps; never a tool's own words."""
    return names.coded(card.draft.trigger)
