"""Who answers for each line: from its version to the decision, the proposal, the evidence.

A line is approved by a person or a policy, or it was there when the store began, or
nobody answers for it; the page says which, and never guesses.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.utils import timezone

from reviews.dreams.models import Finding
from reviews.memory import blame, revisions
from reviews.memory import lines as texts
from reviews.memory.models import Revision, Store, Version
from reviews.proposals import answers
from reviews.proposals.answers import Standing
from reviews.proposals.models import Decision, Evidence, Proposal, Wording
from reviews.web.presenters.diffs import Piece, pieces
from reviews.web.presenters.proposals import support

# What a proposal stood on at length; only its own page reads it.
UNSHOWN = tuple(
    f"decision__proposal__{name}" for name in ("groups", "alternatives", "trigger")
)
# How old words are, from this day to long ago; the date stands beside the shade.
AGES = [timedelta(days=days) for days in (180, 30, 7, 1)]
# A card names so many places where a version's lines stand.
PLACES = 8
# Containers that a browser need not lay out before they are seen.
CHUNK = 100


@dataclass(frozen=True)
class Origin:
    """What stands behind the lines that one version wrote."""

    number: int
    version: Version | None = None
    decision: Decision | None = None
    evidence: Evidence | None = None
    # Who worded it, the dream that it came of, and where the memory was before.
    worded_by: str = ""
    dream: int | None = None
    path_before: str = ""

    @property
    def standing(self) -> Standing:
        return answers.standing(self.version, self.decision)

    @property
    def age(self) -> int:
        """From 0, long ago, to 4, this day."""
        if self.version is None:
            return 0
        passed = timezone.now() - self.version.at
        return sum(passed < age for age in AGES)

    @property
    def words(self) -> str:
        """Whose words they are, as far as that is known."""
        proposal = self.proposal
        if self.worded_by.startswith("person:"):
            by_hand = proposal is not None and proposal.by == self.worded_by
            return "Written by hand by" if by_hand else "Reworded by"
        if proposal is None or not proposal.engine:
            return ""
        return f"Worded by {proposal.engine}/{proposal.engine_version}"

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

    @property
    def plain(self) -> str | None:
        """Its text where there is nothing odd in it, as nearly always."""
        if len(self.pieces) > 1 or (self.pieces and self.pieces[0].odd):
            return None
        return self.pieces[0].text if self.pieces else ""


@dataclass(frozen=True)
class Group:
    """Lines that stand together and come from one version."""

    origin: Origin
    lines: tuple[Line, ...]
    # A run is cut where a container ends; only its first part says whose it is.
    opens: bool = True


@dataclass(frozen=True)
class Card:
    """All that is to be said of one version's lines, and where they stand."""

    origin: Origin
    places: list[tuple[int, int]] = field(default_factory=list)

    @property
    def shown(self) -> list[tuple[int, int]]:
        return self.places[:PLACES]

    @property
    def more(self) -> int:
        return max(0, len(self.places) - PLACES)


def lines(text: str) -> list[Line]:
    """The lines of a text as a page shows them, counted from 1."""
    return [
        Line(number, tuple(pieces(line)))
        for number, line in enumerate(texts.split(text), start=1)
    ]


def groups(store: Store, revision: Revision, *, plain: bool = False) -> list[Group]:
    """A revision's lines by the version that worded them, in two queries."""
    shown = lines(revision.content or "")
    owners = revisions.vouched(revision, plain=plain)
    known = origins(store, set(owners), revision=revision)
    runs = [
        (number, tuple(line for _, line in run))
        for number, run in groupby(
            zip(owners, shown, strict=True), key=lambda pair: pair[0]
        )
    ]
    return [
        Group(known[number], run[first : first + CHUNK], opens=not first)
        for number, run in runs
        for first in range(0, len(run), CHUNK)
    ]


def blocks(found: Sequence[Group]) -> list[list[Group]]:
    """Groups in containers of about a hundred lines each."""
    containers: list[list[Group]] = []
    size = CHUNK
    for group in found:
        if size >= CHUNK:
            containers.append([])
            size = 0
        containers[-1].append(group)
        size += len(group.lines)
    return containers


def cards(found: Iterable[Group]) -> list[Card]:
    """One card for each origin of these groups, the newest first."""
    known: dict[int, Card] = {}
    for group in found:
        card = known.setdefault(group.origin.number, Card(group.origin))
        first, last = group.lines[0].number, group.lines[-1].number
        if not group.opens:
            first = card.places.pop()[0]
        card.places.append((first, last))
    return [known[number] for number in sorted(known, reverse=True)]


def looked_past(revision: Revision) -> list[int]:
    """Versions that last wrote lines whose words are older."""
    plain = blame.expand(revision.blame)
    first = blame.expand(revisions.with_origins(revision).origins)
    pairs = zip(plain, first, strict=True)
    return sorted({wrote for wrote, worded in pairs if wrote != worded})


def origins(
    store: Store, numbers: Collection[int], *, revision: Revision | None = None
) -> dict[int, Origin]:
    """What stands behind these versions, in two queries.

    With a revision, its memory's path before each of them, and quotes for it first.
    """
    found = _versions(store, numbers, revision)
    versions = {version.number: version for version in found}
    decisions = {number: decision_of(one) for number, one in versions.items()}
    path = revision.path if revision else ""
    quotes = best_quotes([one for one in decisions.values() if one], path=path)
    return {
        number: Origin(
            number,
            version := versions.get(number),
            decision := decisions.get(number),
            quotes.get(decision.proposal_id) if decision else None,
            worded_by=getattr(version, "worded_by", None) or "",
            dream=getattr(version, "dream", None),
            path_before=getattr(version, "path_before", None) or "",
        )
        for number in numbers
    }


def _versions(
    store: Store, numbers: Collection[int], revision: Revision | None
) -> Iterable[Version]:
    """Versions with their decisions, whose words they were, and of which dream."""
    proposal = OuterRef("decision__proposal")
    wording = Wording.objects.filter(
        proposal=proposal, number=OuterRef("decision__wording")
    )
    finding = Finding.objects.filter(proposal=proposal).order_by("pk")
    found = (
        Version.objects.filter(store=store, number__in=numbers)
        .select_related("decision__proposal", "decision__policy_version")
        .defer(*UNSHOWN)
        .annotate(
            worded_by=Subquery(wording.values("by")[:1]),
            dream=Subquery(finding.values("dream")[:1]),
        )
    )
    if revision is None:
        return found
    written = Revision.objects.filter(
        version=OuterRef("pk"),
        memory=revision.memory_id,
        previous__content__isnull=False,
    )
    return found.annotate(path_before=Subquery(written.values("previous__path")[:1]))


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
