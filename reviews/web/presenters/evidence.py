"""Why a proposal was made: the quotes by stance, the counts in words, who said it.

What the counts mean depends on how they were counted; here they become sentences that
say what was looked at, what was found for it, and what against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviews.proposals import flags
from reviews.proposals.flags import Flag
from reviews.proposals.models import Evidence, Operation, Proposal

# More of a quote is folded.
LINES, CHARACTERS = 3, 240
SUPPORT = {"runs": "run", "groups": "group", "people": "person", "agents": "agent"}


@dataclass(frozen=True)
class Quote:
    """A piece of evidence, with what it is from."""

    row: Evidence
    number: int

    @property
    def long(self) -> bool:
        """Whether it is folded."""
        text = self.row.quote or ""
        return text.count("\n") >= LINES or len(text) > CHARACTERS

    @property
    def short(self) -> str:
        """As much of it as always shows."""
        cut = "\n".join((self.row.quote or "").split("\n")[:LINES])
        return cut[:CHARACTERS].rstrip() + "…"

    @property
    def source(self) -> str:
        """What the run is called."""
        trace = self.row.trace
        return str(trace) if trace else self.row.external_id


@dataclass(frozen=True)
class Group:
    """The quotes of one stance."""

    stance: str
    word: str
    quotes: list[Quote]
    # How many there are in all, beyond those that are quoted.
    counted: int | None
    says: str


@dataclass(frozen=True)
class Why:
    """Everything that the right side says before any opinion."""

    groups: list[Group]
    base_rate: str
    searched: str
    facts: list[tuple[str, str]]
    narrow: Flag | None

    @property
    def quotes(self) -> int:
        """How many pieces are quoted."""
        return sum(len(group.quotes) for group in self.groups)


def why(proposal: Proposal, operations: Sequence[Operation]) -> Why:
    """The evidence of all operations, grouped, and what was counted."""
    rows = [row for one in operations for row in one.evidence.all()]
    quotes = [Quote(row, number) for number, row in enumerate(rows, 1)]
    counts = proposal.counts
    pro = [one for one in quotes if one.row.stance == Evidence.Stance.FOR]
    contra = [one for one in quotes if one.row.stance == Evidence.Stance.AGAINST]
    return Why(
        groups=[
            Group("for", "For", pro, _whole(counts, "groups"), _for(counts)),
            Group(
                "against",
                "Against",
                contra,
                _whole(counts, "against"),
                _against(counts),
            ),
            *_neutral(counts),
        ],
        base_rate=_base_rate(counts),
        searched=_searched(counts, contra),
        facts=_facts(counts, rows),
        narrow=flags.FLAGS["narrow-evidence"]
        if "narrow-evidence" in proposal.flags
        else None,
    )


def flagged(proposal: Proposal) -> list[tuple[str, Flag]]:
    """Its risk flags, gravest first; one that is unknown is not hidden."""
    found = [
        (
            name,
            flags.FLAGS.get(name)
            or Flag(name, "An engine raised this flag.", "", "high"),
        )
        for name in proposal.flags
    ]
    return sorted(found, key=lambda each: (each[1].risk != "high", each[1].word))


def _for(counts: Mapping[str, float]) -> str:
    if not counts.get("groups"):
        return ""
    return f"It was seen in {plural(counts, 'groups')}, in {plural(counts, 'runs')}."


def _against(counts: Mapping[str, float]) -> str:
    """What speaks against it, in the sense in which it was counted."""
    against = int(counts.get("against", 0))
    if "failing_with" in counts:
        failed, fine = int(counts["failing_with"]), int(counts.get("fine_with", 0))
        return f"Of {failed + fine} that did it the old way, {failed} failed and {fine} went well."
    if counts.get("opportunities"):
        groups = "group" if against == 1 else "groups"
        return f"{against} {groups} met the same occasion, and it did not show there."
    return ""


def _neutral(counts: Mapping[str, float]) -> list[Group]:
    """Those that did what the rule asks for anyway, where that was counted."""
    if "failing_without" not in counts:
        return []
    failed, fine = int(counts["failing_without"]), int(counts.get("fine_without", 0))
    says = (
        f"{failed + fine} did it as the rule says already: {failed} failed all the same, "
        f"{fine} went well."
    )
    return [Group("neutral", "Neutral", [], failed + fine, says)]


def _base_rate(counts: Mapping[str, float]) -> str:
    """How often it happens at all; never 0 where nobody has counted."""
    if "base_rate" not in counts:
        return "not counted"
    share = f"{100 * counts['base_rate']:.0f} %"
    if "failing_without" in counts:
        return f"{share} fail even where it is done as the rule says"
    return f"{share} of all occasions show it"


def _searched(counts: Mapping[str, float], contra: Sequence[Quote]) -> str:
    """How counter-evidence was looked for, and how much was found, even if none."""
    shown = f"{len(contra)} quoted"
    asked = int(counts.get("opportunities", 0))
    if not asked:
        return f"{shown}; nobody has searched for counter-evidence."
    where = "1 group" if asked == 1 else f"{asked:,} groups"
    found = int(counts.get("against", 0))
    return (
        f"{found:,} found, {shown}: searched in every run of the {where} in which the "
        "occasion arose."
    )


def _facts(
    counts: Mapping[str, float], rows: Sequence[Evidence]
) -> list[tuple[str, str]]:
    """How diverse it is: traces, groups, agents, people, days."""
    known = [(name, plural(counts, name)) for name in SUPPORT if counts.get(name)]
    days = {
        row.trace.happened_at.date()
        for row in rows
        if row.trace and row.stance == "for"
    }
    if days:
        known.append(("days", f"{len(days)} day{'s' * (len(days) != 1)} quoted"))
    return known


def plural(counts: Mapping[str, float], name: str) -> str:
    """Twelve runs, one person."""
    count, unit = int(counts.get(name, 0)), SUPPORT[name]
    several = "people" if unit == "person" else f"{unit}s"
    return f"{count:,} {unit if count == 1 else several}"


def _whole(counts: Mapping[str, float], name: str) -> int | None:
    return int(counts[name]) if name in counts else None
