"""What a dream found, sorted for people: fates, what grows, what was refused and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from reviews.dreams import notes
from reviews.dreams.models import Dream, Finding
from reviews.proposals.models import Decision, Proposal

Result = Finding.Result

# What became of a proposal, in the order in which a page counts them.
FATES = {
    "approved": "approved",
    "edited": "approved after an edit",
    "rejected": "rejected",
    "rolled back": "rolled back",
    "sent back": "sent back",
    "discarded": "discarded or taken back",
    "carried on": "carried on by another proposal",
    "open": "open",
}
_BY_STATE = {
    Proposal.State.OPEN: "open",
    Proposal.State.NEEDS_ATTENTION: "open",
    Proposal.State.CHANGES_REQUESTED: "sent back",
    Proposal.State.HELD: "approved",
    Proposal.State.APPLIED: "approved",
    Proposal.State.REJECTED: "rejected",
    Proposal.State.SPLIT_OFF: "carried on",
    Proposal.State.SUPERSEDED: "carried on",
    Proposal.State.WITHDRAWN: "discarded",
    Proposal.State.ROLLED_BACK: "rolled back",
}
# What one dream has no room for.
_BELOW = ("below-the-line", "too-many")
# Refused only because too little was seen so far: the count, by family what it has to
# be, and what it counts.
_GROWING = {
    "too-few-groups": (
        "groups",
        {"preference": "preference_groups", "workflow": "procedure_groups"},
        "group",
    ),
    "one-person": ("people", {"preference": "preference_people"}, "person"),
    "too-few-people": ("people", {"preference": "preference_people"}, "person"),
}


@dataclass(frozen=True)
class Row:
    """A proposal that the dream opened or added to, and what became of it."""

    finding: Finding
    fate: str = ""

    @property
    def word(self) -> str:
        """Its fate in words."""
        return FATES.get(self.fate, "")


@dataclass(frozen=True)
class Growing:
    """Something seen too seldom so far: it may be proposed by a later dream."""

    finding: Finding
    have: int
    need: int
    words: str


@dataclass(frozen=True)
class Refused:
    """Everything that was refused for one reason."""

    code: str
    reason: str
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Found:
    """Everything that the page of a dream lists."""

    proposed: list[Row] = field(default_factory=list)
    updated: list[Row] = field(default_factory=list)
    would: list[Finding] = field(default_factory=list)
    confirmed: list[Finding] = field(default_factory=list)
    growing: list[Growing] = field(default_factory=list)
    below: list[Finding] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    # Fate in words, and how many have it.
    fates: list[tuple[str, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(
            self.proposed
            or self.updated
            or self.would
            or self.confirmed
            or self.growing
            or self.below
            or self.refused
        )


def sort(dream: Dream, findings: Iterable[Finding]) -> Found:
    """Every finding in its place; one query more, for who decided how."""
    rows = list(findings)
    by_result = {
        result: [one for one in rows if one.result == result] for result in Result
    }
    fates = _fates([*by_result[Result.PROPOSED], *by_result[Result.UPDATED]])
    proposed = [
        Row(one, fates.get(one.proposal_id, "")) for one in by_result[Result.PROPOSED]
    ]
    counted = Counter(row.fate for row in proposed)
    growing, rest = _growing(dream, by_result[Result.REFUSED])
    return Found(
        proposed=proposed,
        updated=[
            Row(one, fates.get(one.proposal_id, ""))
            for one in by_result[Result.UPDATED]
        ],
        would=by_result[Result.WOULD],
        confirmed=by_result[Result.CONFIRMED],
        growing=growing,
        below=[one for one in rest if one.code in _BELOW],
        refused=refused(one for one in rest if one.code not in _BELOW),
        fates=[
            (words, counted[fate]) for fate, words in FATES.items() if counted[fate]
        ],
    )


def matching(findings: Iterable[Finding], text: str) -> list[Finding]:
    """The findings that have all of these words somewhere."""
    words = text.casefold().split()
    return [one for one in findings if all(word in _words(one) for word in words)]


def refused(findings: Iterable[Finding]) -> list[Refused]:
    """Refusals by reason, the commonest first."""
    by_code = sorted(findings, key=lambda one: (one.code, one.position))
    groups = [
        Refused(code, notes.reason(code), list(found))
        for code, found in groupby(by_code, key=lambda one: one.code)
    ]
    return sorted(groups, key=lambda group: -len(group.findings))


def _words(finding: Finding) -> str:
    name = finding.proposal.name if finding.proposal else ""
    said = (finding.statement, finding.reason, notes.reason(finding.code), name)
    return " ".join(said).casefold()


def _fates(findings: Sequence[Finding]) -> dict[int | None, str]:
    """What became of each proposal; an approval of other words counts as an edit."""
    proposals = {one.proposal_id: one.proposal for one in findings if one.proposal}
    edited = set(
        Decision.objects.filter(
            proposal__in=proposals,
            verb=Decision.Verb.EDIT,
            state__in=[Decision.State.HELD, Decision.State.APPLIED],
        ).values_list("proposal_id", flat=True)
    )
    fates: dict[int | None, str] = {}
    for key, proposal in proposals.items():
        fate = _BY_STATE[Proposal.State(proposal.state)]
        fates[key] = "edited" if fate == "approved" and key in edited else fate
    return fates


def _growing(
    dream: Dream, findings: Iterable[Finding]
) -> tuple[list[Growing], list[Finding]]:
    limits: Mapping[str, Any] = dream.settings.get("thresholds", {})
    growing: list[Growing] = []
    rest: list[Finding] = []
    for one in findings:
        found = _grows(one, limits)
        if found is None:
            rest.append(one)
        else:
            growing.append(found)
    growing.sort(key=lambda one: (one.need - one.have, one.finding.position))
    return growing, rest


def _grows(finding: Finding, limits: Mapping[str, Any]) -> Growing | None:
    """How far it is, where so much is all that it lacks."""
    if finding.code not in _GROWING:
        return None
    counted, by_family, noun = _GROWING[finding.code]
    need = limits.get(by_family.get(finding.family, counted), 0)
    have = int(finding.counts.get(counted, 0))
    if not 0 < have < need:
        return None
    several = "people" if noun == "person" else f"{noun}s"
    return Growing(finding, have, need, f"{have} of {need} {several}")
