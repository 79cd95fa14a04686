"""From candidates to drafts: scope, novelty, evidence, place, rank; the rest is refused.

Nothing is written that a reviewer could not check: every draft has quotes of two groups
at least, and its numbers come from the same counts as its pattern.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from reviews.dreams.engines import Confirmed, Head, Refusal, Rule
from reviews.dreams.mining import (
    candidates,
    edits,
    exposures,
    fading,
    novelty,
    placement,
    quotation,
    wording,
)
from reviews.dreams.mining.calibration import Calibration
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.exposures import Standing
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.fading import Life
from reviews.dreams.mining.states import State
from reviews.dreams.mining.thresholds import Thresholds
from reviews.memory import folders
from reviews.proposals import flags
from reviews.proposals.drafts import Draft, DraftOperation, Quote

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
        self.head = head
        self.rules = novelty.rules_of(head)
        self.memory = "\n".join(head.texts.values())
        self.calibration = Calibration(head.decided, limits)
        self.refused: list[Refusal] = []
        self.confirmed: list[Confirmed] = []
        # What memory says in part, by candidate, and what it says in full.
        self.partly: dict[int, novelty.Told] = {}
        self.covered: list[tuple[Candidate, Rule]] = []

    def drafts(self, found: Sequence[Candidate]) -> list[Draft]:
        """Drafts, best first; who falls behind is added to ``refused``."""
        fit = [one for one in found if self._passes(one)]
        counters = quotation.counter_quotes(self.state, fit, self.limits)
        made = [
            draft
            for candidate, against in zip(fit, counters, strict=True)
            for draft in self._draft(candidate, against)
        ]
        made += self._settled()
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
        elif self.calibration.is_muted(one.kind):
            self._refuse(one, "muted-kind", "People here mostly turn this kind down.")
        else:
            return self._is_new(one)
        return False

    def _is_new(self, one: Candidate) -> bool:
        """Whether memory does not say all of it, and nobody took it out again."""
        told = novelty.told(one, self._read_by(one, self.rules), self.limits)
        if told.rule is not None and told.all_of_it:
            self.covered.append((one, told.rule))
            return False
        gone = novelty.told(one, self._read_by(one, self.head.past), self.limits)
        if gone.rule is not None and gone.all_of_it:
            reason = f"{gone.rule.path} said so while runs were made, and people took it out: {gone.rule.text[:160]}"
            self._refuse(one, "withdrawn", reason)
            return False
        if told.rule is not None and told.rule.id:
            self.partly[id(one)] = told
        return True

    def _life(self, one: Candidate) -> Life:
        return fading.of_support(one.support, self.counted.newest, self.limits)

    def _read_by(self, one: Candidate, rules: Sequence[Rule]) -> list[Rule]:
        """Those of some rules that whoever the candidate is about reads."""
        folder = folders.of(*candidates.scope(one, self.counted, self.limits))
        return [rule for rule in rules if placement.is_read(rule.path, folder)]

    def _settled(self) -> Iterator[Draft]:
        """What is covered: confirmed, to be reworded, or only there."""
        known, store = self.covered, self.head.name
        for one in exposures.standings(self.state, known, store, self.limits):
            if one.verdict == exposures.CONFIRMED:
                self.confirmed.append(self._confirmed(one))
            elif one.verdict == exposures.INEFFECTIVE and one.rule.id:
                yield from self._draft(one.candidate, (), one)
            else:
                self._refuse(one.candidate, "covered", one.reason)

    def _confirmed(self, one: Standing) -> Confirmed:
        return Confirmed(
            statement=one.rule.text, path=one.rule.path, rule=one.rule.id,
            reason=one.reason, family=one.candidate.family, kind=one.candidate.kind,
            fingerprint=self.fingerprint(one.candidate),
            counts=one.candidate.counts | one.counts,
        )  # fmt: skip

    def _draft(
        self,
        one: Candidate,
        against: tuple[Quote, ...],
        ineffective: Standing | None = None,
    ) -> Iterator[Draft]:
        """A candidate as a draft: a new rule, a rule completed, or one to be reworded."""
        shown = one
        if ineffective:
            support = one.support.within(set(ineffective.showing))
            shown = msgspec.structs.replace(one, support=support)
        supporting = quotation.quotes_for(shown, self.limits)
        if (
            len({(quote.agent, quote.trace) for quote in supporting})
            < self.limits.groups_if_total
        ):
            self._refuse(one, "no-evidence", "Fewer than two runs can be quoted.")
            return
        scope, scope_of = candidates.scope(one, self.counted, self.limits)
        kind = "ineffective" if ineffective else one.kind
        draft = Draft(
            fingerprint=self.fingerprint(one, kind),
            family=one.family,
            kind=kind,
            title=one.text,
            operations=(self._operation(one, ineffective),),
            quotes=(*supporting, *against),
            scope=scope,
            scope_of=scope_of,
            because=ineffective.reason if ineffective else one.because,
            counts=one.counts | (ineffective.counts if ineffective else {}),
            confidence=self.confidence(one, kind),
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

    def _operation(
        self, one: Candidate, ineffective: Standing | None
    ) -> DraftOperation:
        told = self.partly.get(id(one))
        if ineffective:
            return edits.edit(
                ineffective.rule, edits.reworded(ineffective.rule.text, one.text)
            )
        if told and told.rule:
            return edits.edit(
                told.rule, edits.completed(told.rule.text, one, told.missing)
            )
        scope, scope_of = candidates.scope(one, self.counted, self.limits)
        place = placement.place(one, self.rules, scope, scope_of)
        return DraftOperation(
            kind="add", path=place.path, heading=place.heading, after=one.text
        )

    def fingerprint(self, one: Candidate, kind: str = "") -> str:
        """What makes two patterns the same, in any dream and store: no counts, no wording."""
        scope, scope_of = candidates.scope(one, self.counted, self.limits)
        parts = (one.family, kind or one.kind, scope, scope_of, *one.identity)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def confidence(self, one: Candidate, kind: str) -> float:
        """How likely a reviewer is to approve: by kind, moved by the breadth of support."""
        good, bad = self.calibration.prior(kind)
        logit = math.log(good / bad)
        logit += 0.75 * math.log(max(1, len(one.support.groups)) / 3)
        logit += 0.45 * math.log(max(1, one.support.people))
        logit += 0.4 * (one.support.agents > 1) + 0.5 * one.total_separation
        return self.calibration.bent(round(1 / (1 + math.exp(-logit)), 3))

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
