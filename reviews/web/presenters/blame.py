"""Who answers for each line: from its version to the decision, the proposal, the evidence.

A line is approved by a person or a policy, or it was there when the store began, or
nobody answers for it; the page says which, and never guesses.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from django.db.models import Case, IntegerField, Value, When

from reviews.memory import blame
from reviews.memory import lines as texts
from reviews.memory.models import Revision, Store, Version
from reviews.proposals.models import Decision, Evidence, Proposal
from reviews.web.presenters.diffs import Piece, pieces
from reviews.web.presenters.proposals import support

Standing = Literal["approved", "imported", "unapproved"]

# By hand, with a reason: the person who did it answers for it.
BY_HAND = {Version.Kind.EDIT, Version.Kind.UNDO, Version.Kind.RESTORE}
# Of a text that is not what its version wrote, every line is from nowhere.
NOWHERE = 0
# What a proposal stood on at length; only its own page reads it.
UNSHOWN = tuple(
    f"decision__proposal__{name}" for name in ("groups", "alternatives", "trigger")
)


@dataclass(frozen=True)
class Origin:
    """What stands behind the lines that one version wrote."""

    number: int
    version: Version | None = None
    decision: Decision | None = None
    evidence: Evidence | None = None

    @property
    def standing(self) -> Standing:
        if self.version is None:
            return "unapproved"
        if self.decision:
            return "approved"
        if self.version.kind == Version.Kind.IMPORT:
            return "imported"
        by_hand = self.version.kind in BY_HAND and bool(self.version.reason)
        person = self.version.by.startswith("person:")
        return "approved" if by_hand and person else "unapproved"

    @property
    def approver(self) -> str:
        """The actor who answers for it; nobody where it is not approved."""
        if self.standing != "approved":
            return ""
        if self.decision:
            return self.decision.by
        return self.version.by if self.version else ""

    @property
    def name(self) -> str:
        """The approver as the gutter names them: ada, policy 4@2."""
        kind, _, name = self.approver.partition(":")
        return f"policy {name}" if kind == "policy" else name

    @property
    def reason(self) -> str:
        """What whoever decided gave as a reason, if anything."""
        if self.decision:
            return self.decision.reason
        return self.version.reason if self.version else ""

    @property
    def before(self) -> int:
        """The version that these lines were written over."""
        return self.number - 1

    @property
    def proposal(self) -> Proposal | None:
        return self.decision.proposal if self.decision else None

    @property
    def support(self) -> str:
        """How much the proposal stood on: 12 runs, 6 groups."""
        return support(self.proposal) if self.proposal else ""

    @property
    def rewritten(self) -> bool:
        """Whether a person changed the words before approving them."""
        return bool(self.decision and self.decision.verb == Decision.Verb.EDIT)

    @property
    def undoable(self) -> bool:
        """Whether its proposal is in force and could be undone."""
        return bool(
            self.decision
            and self.decision.verb in (Decision.Verb.APPROVE, Decision.Verb.EDIT)
            and self.decision.proposal.state == Proposal.State.APPLIED
        )


@dataclass(frozen=True)
class Line:
    """One line of a memory, with what cannot be seen in it taken out by name."""

    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Group:
    """Lines that stand together and come from one version."""

    origin: Origin
    lines: tuple[Line, ...]


def lines(text: str) -> list[Line]:
    """The lines of a text as a page shows them, counted from 1."""
    return [
        Line(number, tuple(pieces(line)))
        for number, line in enumerate(texts.split(text), start=1)
    ]


def groups(store: Store, revision: Revision) -> list[Group]:
    """A revision's lines by the version that wrote them, in two queries."""
    shown = lines(revision.content or "")
    versions = blame.expand(revision.blame)
    if not is_intact(revision) or len(versions) != len(shown):
        versions = [NOWHERE] * len(shown)
    known = origins(store, set(versions), path=revision.path)
    numbered = zip(versions, shown, strict=True)
    return [
        Group(known[number], tuple(line for _, line in run))
        for number, run in groupby(numbered, key=lambda pair: pair[0])
    ]


def distinct(found: Iterable[Group]) -> list[Origin]:
    """Each origin of these groups once, the newest first."""
    known = {group.origin.number: group.origin for group in found}
    return [known[number] for number in sorted(known, reverse=True)]


def is_intact(revision: Revision) -> bool:
    """Whether the text is still the one that the version wrote."""
    if revision.content is None:
        return True
    return hashlib.sha256(revision.content.encode()).hexdigest() == revision.sha256


def origins(
    store: Store, numbers: Collection[int], *, path: str = ""
) -> dict[int, Origin]:
    """What stands behind these versions, in two queries; best quotes of a path first."""
    found = (
        Version.objects.filter(store=store, number__in=numbers)
        .select_related("decision__proposal", "decision__policy_version")
        .defer(*UNSHOWN)
    )
    versions = {version.number: version for version in found}
    decisions = {number: decision_of(one) for number, one in versions.items()}
    quotes = best_quotes([one for one in decisions.values() if one], path=path)
    return {
        number: Origin(
            number,
            versions.get(number),
            decision := decisions.get(number),
            quotes.get(decision.proposal_id) if decision else None,
        )
        for number in numbers
    }


def decision_of(version: Version) -> Decision | None:
    """The decision that a version came of, already fetched with it."""
    found: Decision | None = getattr(version, "decision", None)
    return found


def best_quotes(
    decisions: Sequence[Decision], *, path: str = ""
) -> dict[int, Evidence]:
    """The first quote for each decision's proposal, rather of an operation at a path."""
    if not decisions:
        return {}
    here = Case(
        When(operation__path=path, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    found = (
        Evidence.objects.filter(
            operation__proposal__in={one.proposal_id for one in decisions},
            stance=Evidence.Stance.FOR,
            quote__isnull=False,
        )
        .annotate(here=here)
        .order_by("operation__proposal", "here", "operation__position", "position")
        .distinct("operation__proposal")
        .select_related("operation")
    )
    return {quote.operation.proposal_id: quote for quote in found}
