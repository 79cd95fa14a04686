"""What a proposal would have done to past runs, and what it costs those to come, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviews.dreams import notes
from reviews.dreams.asking import prices
from reviews.proposals.models import Proposal
from reviews.proposals.rents import Rent
from reviews.web.dossiers import MIDDLE, Dossier, Read
from reviews.web.presenters.operations import Weight

# What a run is called by what became of it, in the order that they are told.
WORDS = {
    "failed": ("had the failure", "It could have been prevented there, at best."),
    "fine": ("were fine", "The rule would have applied, and nothing went wrong."),
    "rest": ("are not known", "Nobody rated them, or they failed in another way."),
}
# Patterns without a failure of their own: what is counted is how their runs were rated.
_RATED = {"silent": "ended badly", "procedure": "ended badly", "stop": "were stopped"}
# Below this, an amount is not worth its digits.
_LEAST = 0.01


@dataclass(frozen=True)
class Part:
    """The runs of one verdict: how many, and whether some can be looked at."""

    verdict: str
    count: int
    words: str
    shown: bool


@dataclass(frozen=True)
class Trial:
    """What came of trying it on past runs, or why it was not tried."""

    applied: int
    parts: list[Part]
    recovered: int
    # A rule that only reminds bothers nobody.
    reminds: bool
    note: str


def trial(proposal: Proposal, dossier: Dossier) -> Trial:
    """The sentence about past runs, in its parts."""
    found = dossier.tried
    if not found or not found.get("tried"):
        return Trial(0, [], 0, False, _why_not(proposal, found))
    rest = found["applied"] - found["failed"] - found["fine"]
    counts = {"failed": found["failed"], "fine": found["fine"], "rest": rest}
    shown = found.get("traces", {})
    parts = [
        Part(
            verdict,
            counts[verdict],
            said(proposal.kind, verdict),
            bool(shown.get(verdict)),
        )
        for verdict in WORDS
        if counts[verdict] or verdict != "rest"
    ]
    return Trial(found["applied"], parts, found["recovered"], found["reminds"], "")


def said(kind: str, verdict: str) -> str:
    """What became of runs of this verdict: had the failure, were fine."""
    if verdict == "failed":
        return _RATED.get(kind, WORDS[verdict][0])
    return WORDS[verdict][0]


def in_words(kind: str, applied: int, failed: int, fine: int) -> str:
    """The same as one sentence without links; empty where it applied to none."""
    if not applied:
        return ""
    counts = {"failed": failed, "fine": fine, "rest": applied - failed - fine}
    parts = [
        f"{counts[verdict]:,} {said(kind, verdict)}"
        for verdict in WORDS
        if counts[verdict] or verdict != "rest"
    ]
    return f"would have applied in {notes.many(applied, 'run')}: {', '.join(parts)}"


def rent(proposal: Proposal, dossier: Dossier, weight: Weight) -> Rent:
    """What the change costs every run to come, at the price of the team's middle model."""
    read = dossier.read or Read()
    model = read.model or MIDDLE
    shipped = prices.defaults().get(model)
    own = read.price
    return Rent(
        tokens=weight.after - weight.before,
        runs=read.runs or read.traces,
        told=bool(read.runs),
        budget=proposal.store.token_budget,
        model=model,
        price=own if own is not None else (shipped.input if shipped else None),
    )


def rent_in_words(one: Rent) -> str:
    """The rent in a sentence, with the price that it assumes."""
    if not one.tokens:
        return "It changes nothing about what agents read."
    more = "more" if one.tokens > 0 else "fewer"
    parts = [
        f"{abs(one.tokens):,} tokens {more} in every run",
        f"{abs(one.share):.1f} % of the budget",
    ]
    sentence = ", ".join(parts)
    if not one.runs:
        return f"{sentence}. No run has read this store in a week."
    how = "" if one.told else ", if every run of its agents loads it"
    daily = f"{one.runs_a_day:,.0f}" if one.runs_a_day >= 1 else f"{one.runs_a_day:.1g}"
    sentence = (
        f"{sentence}. At {daily} runs a day{how} that is {abs(one.tokens_a_day):,} tokens"
        " a day"
    )
    dollars = one.dollars_a_month
    if dollars is None:
        return f"{sentence}; what {one.model} costs is not known."
    amount = abs(float(dollars))
    worth = f"${amount:,.2f}" if amount >= _LEAST else "less than a cent"
    return (
        f"{sentence}, or {worth} a month at ${one.price:,.2f} per million tokens"
        f" ({one.model}, without a cache)."
    )


def _why_not(proposal: Proposal, found: Mapping[str, Any] | None) -> str:
    if not proposal.engine:
        return "not tried: no engine found it in runs"
    if proposal.family == "preference":
        return "not tried: what people ask for holds everywhere, and no call shows it"
    if proposal.family == "hygiene":
        return "not tried: it is about memory itself, not about runs"
    if found:
        return "not tried: it does not say by machine where it applies"
    return "not tried yet: the next dream does"
