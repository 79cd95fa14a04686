"""Which proposals are alike: how lists cluster, and what may be the same thing twice.

Two are alike when they would do the same kind of thing, for the same people, in nearly
the same words; where they name tools or files, they have to name some of the same.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.models import F
from rapidfuzz import fuzz, process, utils

from reviews.proposals import states
from reviews.proposals.models import Proposal, Wording

# Of 100, by rapidfuzz's sorted tokens. Sentences of one form share much of it, so those
# that name nothing in common have to be almost the same.
ALIKE = 75
# Where both name exactly the same things, less is enough.
ALIKE_ABOUT_THE_SAME = 65
# So many of a store's newest undecided proposals are looked at: about 10 ms.
MOST = 500
NAMED = re.compile(r"`([^`]+)`")


class Text(NamedTuple):
    """What one proposal would do, as far as another can be like it."""

    proposal: int
    # The oldest that it is like, or itself.
    root: int
    # What it does and for whom: only equal ones are compared.
    does: tuple[str, str, str]
    words: str


class Near(NamedTuple):
    """A proposal beside another one: how like it is, of 100, and whether that is enough."""

    proposal: Proposal
    score: int
    alike: bool


def mark(proposal: Proposal) -> None:
    """Point a new proposal on the oldest undecided one that it is like, if there is one."""
    own, others = _texts(proposal)
    if own is None:
        return
    roots = [other.root for other, _ in _alike(own, others)]
    if roots:
        proposal.resembles_id = min(roots)
        proposal.save(update_fields=["resembles"])


def near(proposal: Proposal, *, words: str = "", most: int = 10) -> list[Near]:
    """Undecided proposals of the same store, the likest first; with ``words``, only theirs.

    Words are looked for in the text and in the name, P-12.
    """
    own, others = _texts(proposal)
    if own is None:
        return []
    wanted = words.casefold().strip()
    alike = {other.proposal for other, _ in _alike(own, others)}
    found = [
        (other.proposal in alike, score, -other.proposal)
        for other, score in _scored(own, others, same=False)
        if not wanted
        or wanted in other.words.casefold()
        or wanted == f"p-{other.proposal}"
    ]
    best = sorted(found, reverse=True)[:most]
    rows = Proposal.objects.in_bulk([-key for _, _, key in best])
    return [Near(rows[-key], round(score), same) for same, score, key in best]


def is_alike(one: str, other: str, score: float) -> bool:
    """Whether texts of this likeness are about the same; pure."""
    left, right = set(NAMED.findall(one)), set(NAMED.findall(other))
    if left and left == right:
        return score >= ALIKE_ABOUT_THE_SAME
    if (left or right) and not left & right:
        return False
    return score >= ALIKE


def _alike(own: Text, others: Iterable[Text]) -> list[tuple[Text, float]]:
    """The texts that are about the same as this one."""
    return [
        (other, score)
        for other, score in _scored(own, others)
        if is_alike(own.words, other.words, score)
    ]


def _scored(
    own: Text, others: Iterable[Text], *, same: bool = True
) -> list[tuple[Text, float]]:
    """Every other text with how much it is like this one."""
    compared = [other for other in others if not same or other.does == own.does]
    scores: Mapping[int, float] = {
        at: score
        for _, score, at in process.extract_iter(
            own.words,
            [other.words for other in compared],
            scorer=fuzz.token_sort_ratio,
            processor=utils.default_process,
        )
    }
    return [(other, scores.get(at, 0.0)) for at, other in enumerate(compared)]


def _texts(proposal: Proposal) -> tuple[Text | None, list[Text]]:
    """What a proposal would do, and what the undecided ones beside it would."""
    newest = Wording.objects.filter(
        number=F("proposal__wording"), proposal__operations__position=0
    )
    beside = newest.filter(
        proposal__store=proposal.store_id, proposal__state__in=states.UNDECIDED
    ).exclude(proposal=proposal)
    found = [
        _text(*row)
        for rows in (
            newest.filter(proposal=proposal),
            beside.order_by("-proposal")[:MOST],
        )
        for row in rows.values_list(
            "proposal",
            "proposal__resembles",
            "proposal__operations__kind",
            "proposal__scope",
            "proposal__scope_of",
            "proposal__title",
            "texts",
        )
    ]
    own = next((text for text in found if text.proposal == proposal.pk), None)
    return own, [text for text in found if text.proposal != proposal.pk]


def _text(
    proposal: int,
    resembles: int | None,
    kind: str,
    scope: str,
    scope_of: str,
    title: str,
    texts: Mapping[str, str] | None,
) -> Text:
    after = [text for key, text in sorted((texts or {}).items()) if key.isdecimal()]
    # A deletion has no text after: its title says what goes.
    words = " ".join(" ".join(after).split()) or title
    return Text(proposal, resembles or proposal, (kind, scope, scope_of), words)
