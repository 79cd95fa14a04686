"""What stands behind a version's lines: the decision, the proposal, the evidence."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.utils import timezone

from reviews.dreams.models import Finding
from reviews.memory.models import Revision, Store, Version
from reviews.proposals import answers
from reviews.proposals.answers import Standing
from reviews.proposals.models import Decision, Evidence, Proposal, Wording
from reviews.web.presenters.proposals import support

# What a proposal stood on at length; only its own page reads it.
UNSHOWN = tuple(
    f"decision__proposal__{name}" for name in ("groups", "alternatives", "trigger")
)
# How old words are, from this day to long ago; the date stands beside the shade.
AGES = [timedelta(days=days) for days in (180, 30, 7, 1)]


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


def of(
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
