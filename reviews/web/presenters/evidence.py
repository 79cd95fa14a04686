"""Why a proposal was made: the quotes by stance, the counts in words, who said it.

What the counts mean depends on how they were counted; here they become sentences that
say what was looked at, what was found for it, and what against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from reviews.proposals import flags
from reviews.proposals.flags import Flag
from reviews.proposals.models import Evidence, Operation, Proposal
from reviews.web.presenters import kinds

# More of a quote is folded.
LINES, CHARACTERS = 3, 240
# Stance, word, quotes, how many there are in all, a sentence.
type _Told = tuple[str, str, list[Evidence], int | None, str]
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
    # Empty where a person made it.
    pattern: str

    @property
    def quotes(self) -> int:
        """How many pieces are quoted."""
        return sum(len(group.quotes) for group in self.groups)


def why(proposal: Proposal, operations: Sequence[Operation]) -> Why:
    """The evidence of all operations, grouped, and what was counted."""
    rows = [row for one in operations for row in one.evidence.all()]
    counts = proposal.counts
    groups = _numbered(
        _contrasted(counts, rows)
        if "failing_with" in counts
        else _plain(proposal, rows)
    )
    return Why(
        groups=groups,
        base_rate=_base_rate(counts),
        searched=_searched(proposal, _of(rows, Evidence.Stance.AGAINST)),
        facts=_facts(counts, rows),
        narrow=flags.FLAGS["narrow-evidence"]
        if "narrow-evidence" in proposal.flags
        else None,
        pattern=kinds.pattern(proposal),
    )


def opposes(proposal: Proposal) -> bool:
    """Whether what is counted against it speaks against it.

    Where runs are counted by whether something showed, the others merely went without;
    what people remark is counted so, whatever it asks for.
    """
    wished = proposal.family == "preference" and proposal.kind != "remark"
    counted = "failing_with" in proposal.counts or wished
    return counted or not proposal.counts.get("opportunities")


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


def _of(rows: Sequence[Evidence], stance: str) -> list[Evidence]:
    return [row for row in rows if row.stance == stance]


def _plain(proposal: Proposal, rows: Sequence[Evidence]) -> list[_Told]:
    """Counted by whether it showed where it could have, or by what people asked for."""
    counts = proposal.counts
    pro = ("for", "For", _of(rows, "for"), _whole(counts, "groups"), _seen(counts))
    contra = _of(rows, "against")
    if not opposes(proposal):
        # They went without: that many are not there to be quoted against it.
        says = f"{_groups(_without(counts))} met the same occasion, and it did not show there."
        if contra:
            return [pro, ("neutral", "Done right already", contra, None, says)]
        return [pro, ("against", "Against", [], None, says)]
    against, says = int(counts.get("against", 0)), ""
    if counts.get("opportunities"):
        asked = _groups(against) if against else "none"
        says = f"The opposite was asked for in {asked}."
    return [pro, ("against", "Against", contra, _whole(counts, "against"), says)]


def _contrasted(counts: Mapping[str, float], rows: Sequence[Evidence]) -> list[_Told]:
    """Counted by how it was done and how that went: the old way, and the rule's way.

    What is quoted beside the failures are calls that were done right.
    """
    failed, fine = int(counts["failing_with"]), int(counts.get("fine_with", 0))
    wrong, right = (int(counts.get(f"{how}_without", 0)) for how in ("failing", "fine"))
    old = f"Done the old way {failed + fine} times: {failed} failed, {fine} went well."
    new = f"Done as the rule says {wrong + right} times: {wrong} failed, {right} went well."
    well = (
        "Done the old way, and it went well."
        if fine
        else "The old way never went well."
    )
    pro, contra = _of(rows, "for"), _of(rows, "against")
    return [
        ("for", "For", pro, _whole(counts, "groups"), f"{_seen(counts)} {old}".strip()),
        ("against", "Against", [], fine, well),
        ("neutral", "Done right already", contra, right, new),
    ]


def _numbered(told: Sequence[_Told]) -> list[Group]:
    """Quotes are numbered as they are read."""
    number = count(1)
    return [
        Group(stance, word, [Quote(row, next(number)) for row in rows], counted, says)
        for stance, word, rows, counted, says in told
    ]


def _seen(counts: Mapping[str, float]) -> str:
    if not counts.get("groups"):
        return ""
    return f"Seen in {plural(counts, 'groups')}, in {plural(counts, 'runs')}."


def _without(counts: Mapping[str, float]) -> int:
    """In how many groups it could have shown, and did not."""
    return max(0, int(counts["opportunities"] - counts.get("groups", 0)))


def _groups(number: int) -> str:
    return "1 group" if number == 1 else f"{number:,} groups"


def _base_rate(counts: Mapping[str, float]) -> str:
    """How often it happens at all; never 0 where nobody has counted."""
    if "base_rate" not in counts:
        return "not counted"
    share = percent(counts["base_rate"])
    if "failing_without" in counts:
        return f"{share} fail even where it is done as the rule says"
    return f"{share} of all occasions show it"


def percent(share: float) -> str:
    """A share in whole percent; what is there at all is never 0 %."""
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _searched(proposal: Proposal, contra: Sequence[Evidence]) -> str:
    """How counter-evidence was looked for, and how much was found, even if none."""
    counts = proposal.counts
    # Beside failures, what is quoted was done right.
    beside = "failing_with" in counts or not opposes(proposal)
    shown = f"{0 if beside else len(contra)} quoted"
    asked = int(counts.get("opportunities", 0))
    if not asked:
        return f"{shown}; nobody has searched for counter-evidence."
    where = _groups(asked)
    found = int(counts.get("against", 0))
    if not opposes(proposal):
        without = f"{_without(counts):,} of {where}"
        return f"{shown}; it did not show in {without} with the occasion."
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
        known.append(("days", f"quotes of {len(days)} day{'s' * (len(days) != 1)}"))
    return known


def plural(counts: Mapping[str, float], name: str) -> str:
    """Twelve runs, one person."""
    found, unit = int(counts.get(name, 0)), SUPPORT[name]
    several = "people" if unit == "person" else f"{unit}s"
    return f"{found:,} {unit if found == 1 else several}"


def _whole(counts: Mapping[str, float], name: str) -> int | None:
    return int(counts[name]) if name in counts else None
