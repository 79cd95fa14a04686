"""From candidates to drafts: scope, novelty, evidence, place, rank; the rest is refused.

Nothing is written that a reviewer could not check: every draft has quotes of two groups
at least, and its numbers come from the same counts as its pattern.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from reviews.dreams.engines import Head, Refusal, Rule
from reviews.dreams.mining import (
    candidates,
    fading,
    novelty,
    placement,
    quotation,
    wording,
)
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.fading import Life
from reviews.dreams.mining.states import State
from reviews.dreams.mining.thresholds import Thresholds
from reviews.memory import folders
from reviews.proposals import flags
from reviews.proposals.drafts import Draft, DraftOperation, Quote

# Beta priors of approval by kind, from reading proposals as an operator would.
_PRIORS = {
    "error-fix": (7, 2), "loop": (4, 2), "constraint": (6, 3), "check": (5, 3), "stop": (3, 2),
    "slot": (3, 3), "order": (5, 2), "silent": (4, 3),
    "procedure": (3, 3), "wish": (4, 3), "remark": (4, 3), "lookup": (4, 2),
}  # fmt: skip
_GROUPS_LISTED = 2_000
_REFUSED_LISTED = 100
# What makes a rule one instance's: long numbers, ids, dates, homes, hidden hosts.
_INSTANCE = re.compile(
    r"\d{4,}|\b[A-Za-z]+[-_#]?\d{3,}\b|\d{4}-\d\d-\d\d|/(?:home|Users)/|[\w.+-]+@\w|://"
)
# Names of tools, arguments and linter rules, which may well hold numbers.
_NAMED = re.compile(r"`[^`]*`")
# What stands between backticks must not be able to leave them: names are outside words.
_NAME = re.compile(r"[^`<>\[\]\x00-\x1f\x7f]{1,80}")
_UNFIT = ("instruction-like", "invisible-characters", "secret", "personal-data")


class Drafting:
    """One dream's candidates becoming drafts."""

    def __init__(
        self, state: State, counted: Tally, head: Head, limits: Thresholds
    ) -> None:
        self.state, self.counted, self.limits = state, counted, limits
        self.rules = novelty.rules_of(head)
        self.memory = "\n".join(head.texts.values())
        self.refused: list[Refusal] = []

    def drafts(self, found: Sequence[Candidate]) -> list[Draft]:
        """Drafts, best first; who falls behind is added to ``refused``."""
        fit = [one for one in found if self._passes(one)]
        counters = quotation.counter_quotes(self.state, fit, self.limits)
        made = [
            draft
            for candidate, against in zip(fit, counters, strict=True)
            for draft in self._draft(candidate, against)
        ]
        unique = {draft.fingerprint: draft for draft in reversed(_ranked(made))}
        ranked = _ranked(list(unique.values()))
        for draft in ranked[self.limits.drafts :]:
            self._refuse_draft(draft)
        return ranked[: self.limits.drafts]

    def _passes(self, one: Candidate) -> bool:
        raised = set(flags.on_text(one.text)) & set(_UNFIT)
        if raised:
            self._refuse(
                one,
                min(raised),
                "Its words give orders, hide something or name somebody.",
            )
        elif not all(map(_NAME.fullmatch, (*one.tools, *one.entities))):
            self._refuse(one, "odd-name", "A name in it is no name of a tool.")
        elif _INSTANCE.search(_NAMED.sub(" ", one.text)):
            self._refuse(one, "instance-specific", "Its words name one instance.")
        elif len(one.text.split()) > wording.LONGEST:
            self._refuse(one, "too-long", "It cannot be said in few words.")
        elif not (life := self._life(one)).is_fresh(self.limits):
            self._refuse(
                one, "faded", f"Last seen {life.age} days before the newest run."
            )
        else:
            rule = novelty.covering(one, self._read_by(one), self.limits)
            if rule is None:
                return True
            self._refuse(
                one, "covered", f"{rule.path} says it already: {rule.text[:160]}"
            )
        return False

    def _life(self, one: Candidate) -> Life:
        return fading.of_support(one.support, self.counted.newest, self.limits)

    def _read_by(self, one: Candidate) -> list[Rule]:
        """The rules that whoever the candidate is about reads already."""
        folder = folders.of(*candidates.scope(one, self.counted, self.limits))
        return [rule for rule in self.rules if placement.is_read(rule.path, folder)]

    def _draft(self, one: Candidate, against: tuple[Quote, ...]) -> Iterator[Draft]:
        supporting = quotation.quotes_for(one, self.limits)
        if (
            len({(quote.agent, quote.trace) for quote in supporting})
            < self.limits.groups_if_total
        ):
            self._refuse(one, "no-evidence", "Fewer than two runs can be quoted.")
            return
        scope, scope_of = candidates.scope(one, self.counted, self.limits)
        place = placement.place(one, self.rules, scope, scope_of)
        draft = Draft(
            fingerprint=self.fingerprint(one),
            family=one.family,
            kind=one.kind,
            title=one.text,
            operations=(
                DraftOperation(
                    kind="add", path=place.path, heading=place.heading, after=one.text
                ),
            ),
            quotes=(*supporting, *against),
            scope=scope,
            scope_of=scope_of,
            because=one.because,
            counts=one.counts,
            confidence=confidence(one),
            impact=self._impact(one),
            alternatives=one.alternatives,
            groups=hashes(one.support.groups),
            people=hashes(one.support.by_person),
            trigger={key: value for key, value in one.trigger.items() if value},
        )
        raised = flags.screen(draft, self.memory)
        if one.quoted:
            raised = tuple(
                name for name in flags.FLAGS if name in {*raised, "tool-only"}
            )
        yield _flagged(draft, raised)

    def fingerprint(self, one: Candidate) -> str:
        """What makes two patterns the same, in any dream and store: no counts, no wording."""
        scope, scope_of = candidates.scope(one, self.counted, self.limits)
        parts = (one.family, one.kind, scope, scope_of, *one.identity)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _impact(self, one: Candidate) -> float:
        """Calls that could be saved in a hundred runs, more where such runs end badly."""
        runs = max(1, self.counted.runs)
        gap = (
            one.support.failed_runs / one.support.rated_runs
            if one.support.rated_runs
            else 0.5
        )
        return round(100 * len(one.support.runs) / runs * one.waste * (0.5 + gap), 3)

    def _refuse(self, one: Candidate, code: str, reason: str) -> None:
        self.refused.append(
            Refusal(
                statement=one.text,
                code=code,
                reason=reason,
                family=one.family,
                kind=one.kind,
                fingerprint=self.fingerprint(one),
                counts=one.counts,
            )
        )

    def _refuse_draft(self, draft: Draft) -> None:
        self.refused.append(
            Refusal(
                statement=draft.title,
                code="below-the-line",
                family=draft.family,
                kind=draft.kind,
                reason=(
                    f"A dream proposes {self.limits.drafts} things at most;"
                    " this ranks below."
                ),
                fingerprint=draft.fingerprint,
                counts=draft.counts,
            )
        )


def confidence(one: Candidate) -> float:
    """How likely a reviewer is to approve: a prior by kind, moved by the breadth of support."""
    good, bad = _PRIORS[one.kind]
    logit = math.log(good / bad)
    logit += 0.75 * math.log(max(1, len(one.support.groups)) / 3)
    logit += 0.45 * math.log(max(1, one.support.people))
    logit += 0.4 * (one.support.agents > 1) + 0.5 * one.total_separation
    return round(1 / (1 + math.exp(-logit)), 3)


def listed(refusals: Sequence[Refusal]) -> tuple[Refusal, ...]:
    """Refusals in order of weight; the long tail is counted, not listed."""
    ranked = sorted(
        refusals,
        key=lambda one: (-one.counts.get("groups", 0), one.code, one.statement),
    )
    shown = [one for one in ranked if one.counts.get("groups", 0) > 1]
    shown = shown[:_REFUSED_LISTED]
    tail = len(ranked) - len(shown)
    if not tail:
        return tuple(shown)
    return (
        *shown,
        Refusal(
            statement=f"{tail} further pattern{'s' if tail > 1 else ''}",
            code="tail",
            reason="Each was seen in so few groups that it is not listed.",
            counts={"patterns": tail},
        ),
    )


def _ranked(made: list[Draft]) -> list[Draft]:
    return sorted(made, key=lambda one: (-one.confidence * one.impact, one.fingerprint))


def hashes(names: Iterable[str]) -> tuple[str, ...]:
    """What groups and people are known by, once their names are of no concern."""
    hashed = (
        hashlib.blake2b(name.encode(), digest_size=8).hexdigest() for name in names
    )
    return tuple(sorted(hashed)[:_GROUPS_LISTED])


def _flagged(draft: Draft, raised: tuple[str, ...]) -> Draft:
    return msgspec.structs.replace(draft, flags=raised)
