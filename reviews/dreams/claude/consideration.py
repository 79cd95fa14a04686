"""One dream with Claude: the offline outcome judged, placed, doubted, and what it missed.

One straight function that may be cut off by ``Waiting`` at each of its rounds and is begun
again: the same state makes the same questions, and those are answered by then.
"""

from collections.abc import Mapping, Sequence

import msgspec

from reviews.dreams.claude import (
    answers,
    curating,
    doubting,
    facets,
    judging,
    lessons,
    reflecting,
    retreat,
    silent,
    verification,
)
from reviews.dreams.claude.answers import Heard
from reviews.dreams.claude.cards import Card, Excerpt
from reviews.dreams.claude.judging import Judged
from reviews.dreams.claude.material import Material
from reviews.dreams.claude.report import Report
from reviews.dreams.claude.retreat import Plan
from reviews.dreams.claude.schemas import Deltas, Doubt, Facet, Judgement, Reflection
from reviews.dreams.engines import (
    Answer,
    Context,
    Head,
    Outcome,
    Question,
    Reflected,
    Refusal,
)
from reviews.dreams.mining.states import State
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Draft

# Characters of a run that is shown once more, because it was too long or was refused.
_SHORTER = silent.LONGEST // 2


class Consideration:
    """The rounds of one dream; used once."""

    def __init__(
        self,
        offline: Outcome,
        state: State,
        head: Head,
        limits: Thresholds,
        context: Context,
    ) -> None:
        self.offline, self.head, self.limits = offline, head, limits
        self.oracle = context.oracle
        self.memory = "\n".join(head.texts.values())
        self.known = judging.standing(head, context)
        self.before = lessons.Before(lessons=context.lessons, rejected=context.rejected)
        self.material = Material(offline, state, context)
        self.heard = Heard()
        self.report = Report()
        self.refused: list[Refusal] = []
        self.reflections: list[Reflected] = []
        # Fingerprints of drafts in a model's words.
        self.worded: set[str] = set()

    def outcome(self) -> Outcome:
        """Everything that this dream has to say."""
        plan = retreat.choose(self.oracle, self._foreseen)
        if plan is None:
            return self._alone(retreat.NOTHING)
        judged = self._judged(plan)
        if self.heard.keyless:
            return self._alone(*self.heard.sentences())
        best = self._best([one.card_of_draft() for one in judged if one.draft])
        placed = self._placed(plan, best)
        drafts = self._doubted(plan, placed)
        self.report.reflections = len(self.reflections)
        return msgspec.structs.replace(
            self.offline,
            drafts=(*_ranked(drafts), *self.material.untouched),
            refused=(*self.offline.refused, *self.refused),
            notes=self._notes(plan),
            reflections=tuple(self.reflections),
        )

    def _notes(self, plan: Plan) -> tuple[str, ...]:
        said = (plan.said, *self.report.sentences(), *self.heard.sentences())
        return tuple(one for one in said if one)

    # First round: every pattern, the silent runs, the runs to reflect on

    def _judged(self, plan: Plan) -> list[Judged]:
        shown = self._judge_questions(self.material.cards(plan.exemplars), plan)
        quiet = self.material.silent(plan.silent)
        read = [facets.ask(one) for one in quiet]
        troubled = self.material.troubled(plan.reflections)
        told = [reflecting.ask(one) for one in troubled]
        got = self.oracle.ask([*shown, *read, *told])
        fewer = self.material.cards(max(1, plan.exemplars // 2))
        less_quiet = self.material.silent(plan.silent, _SHORTER)
        less_troubled = self.material.troubled(plan.reflections, _SHORTER)
        again = _cut(shown, got, [self._judge(one, plan, 2) for one in fewer])
        again |= _cut(read, got, [facets.ask(one, attempt=2) for one in less_quiet])
        again |= _cut(
            told, got, [reflecting.ask(one, attempt=2) for one in less_troubled]
        )
        more = self.oracle.ask([*again.values()]) if again else {}
        got |= {name: more[question.name] for name, question in again.items()}
        self._reflect(_shown(told, troubled, again, less_troubled), got)
        readings = [
            (excerpt, facet)
            for name, excerpt in _shown(read, quiet, again, less_quiet)
            if (facet := self.heard.value(got.get(name), Facet))
        ]
        self.report.silent = len(readings)
        self.report.hidden = self.material.hidden
        return self._with_lessons(plan, shown, got, readings)

    def _reflect(
        self, shown: Sequence[tuple[str, Excerpt]], got: Mapping[str, Answer]
    ) -> None:
        for name, excerpt in shown:
            reflection = self.heard.value(got.get(name), Reflection)
            reflected = (
                reflecting.reflected(excerpt, reflection) if reflection else None
            )
            if reflected:
                self.reflections.append(reflected)

    def _with_lessons(
        self,
        plan: Plan,
        shown: Sequence[Question],
        got: Mapping[str, Answer],
        readings: Sequence[tuple[Excerpt, Facet]],
    ) -> list[Judged]:
        """What was judged, and what silent runs agree on, judged too."""
        taught = facets.lessons(
            readings, self.material.register, self.head, self.limits, self.before
        )
        self.report.suspicious += taught.suspicious
        self.report.lessons = len(taught.cards)
        self.refused.extend(taught.refused)
        cards = self.material.cards(plan.exemplars)
        told = self._judge_questions(taught.cards, plan)
        more = self.oracle.ask(told) if told else {}
        judged = [
            self._weighed(card, got.get(question.name))
            for card, question in zip(cards, shown, strict=True)
        ]
        judged += [
            self._taught(card, more.get(question.name))
            for card, question in zip(taught.cards, told, strict=True)
        ]
        return judged

    def _weighed(self, card: Card, answer: Answer | None) -> Judged:
        judgement = self.heard.value(answer, Judgement)
        one = judging.weigh(card, judgement, self.memory)
        self.report.judged += judgement is not None
        if one.kept:
            self.report.kept[one.kept] += 1
        if one.refusal:
            self.report.turned_down += 1
            self.report.suspicious += one.refusal.code == "suspicious"
            self.refused.append(one.refusal)
        if one.worded:
            self.report.worded += 1
            self.worded.add(card.draft.fingerprint)
        return one

    def _taught(self, card: Card, answer: Answer | None) -> Judged:
        """A lesson has nobody's words but a model's: without a judgement it falls."""
        judgement = self.heard.value(answer, Judgement)
        one = judging.weigh(card, judgement, self.memory)
        self.report.judged += judgement is not None
        if one.refusal:
            self.report.turned_down += 1
            self.refused.append(one.refusal)
            return one
        code, reason = _standing(one, judgement)
        if code:
            refusal = judging.refusal(card, code, reason)
            self.refused.append(refusal)
            return Judged(card=card, refusal=refusal)
        self.worded.add(card.draft.fingerprint)
        return one

    # Second and third round: where it goes, and what speaks against it

    def _best(self, found: list[Card]) -> list[Card]:
        """As many as a dream proposes, best first; the rest is below the line."""
        ranked = sorted(
            found,
            key=lambda one: (
                -one.draft.confidence * one.draft.impact,
                one.draft.fingerprint,
            ),
        )
        for card in ranked[self.limits.drafts :]:
            reason = f"A dream proposes {self.limits.drafts} things at most; this ranks below."
            self.refused.append(judging.refusal(card, "below-the-line", reason))
        return ranked[: self.limits.drafts]

    def _placed(self, plan: Plan, found: Sequence[Card]) -> list[Card]:
        files = curating.by_file(found)
        questions = {
            path: question
            for path, its in files.items()
            if (question := curating.ask(path, its, self.head, plan.curates))
        }
        got = self.oracle.ask([*questions.values()]) if questions else {}
        placed: dict[str, Card] = {}
        gone: set[str] = set()
        for path, question in questions.items():
            deltas = self.heard.value(got.get(question.name), Deltas)
            for one in curating.apply(path, files[path], deltas, self.head):
                if one.kept:
                    self.report.kept[one.kept] += 1
                if one.refusal:
                    self.refused.append(one.refusal)
                    gone.add(one.card.id)
                elif one.draft:
                    placed[one.card.id] = msgspec.structs.replace(
                        one.card, draft=one.draft
                    )
                if one.changed:
                    self.report.moved += 1
                    self.worded.add(one.card.draft.fingerprint)
        return [placed.get(card.id, card) for card in found if card.id not in gone]

    def _doubted(self, plan: Plan, found: Sequence[Card]) -> list[Draft]:
        questions = {
            card.id: doubting.ask(card.draft, card, plan.curates)
            for card in found
            if doubting.needs(card.draft, worded=self._is_worded(card))
        }
        got = self.oracle.ask([*questions.values()]) if questions else {}
        drafts: list[Draft] = []
        for card in found:
            question = questions.get(card.id)
            if question is None:
                drafts.append(card.draft)
                continue
            doubt = self.heard.value(got.get(question.name), Doubt)
            self.report.doubted += doubt is not None and doubt.verdict != "supported"
            drafts.append(
                doubting.apply(card.draft, card, doubt, worded=self._is_worded(card))
            )
        return drafts

    def _is_worded(self, card: Card) -> bool:
        return card.draft.fingerprint in self.worded

    # What it will cost, and what is left without a model

    def _foreseen(self, plan: Plan) -> list[Question]:
        """All that this plan would ask, the later rounds as if nothing were changed."""
        cards = self.material.cards(plan.exemplars)
        best = sorted(cards, key=lambda one: -one.draft.confidence * one.draft.impact)
        later = [
            curating.ask(path, its, self.head, plan.curates)
            for path, its in curating.by_file(best[: self.limits.drafts]).items()
        ]
        return [
            *self._judge_questions(cards, plan),
            *map(facets.ask, self.material.silent(plan.silent)),
            *map(reflecting.ask, self.material.troubled(plan.reflections)),
            *(one for one in later if one),
            *(
                doubting.ask(card.draft, card, plan.curates)
                for card in best[: self.limits.drafts]
            ),
        ]

    def _judge_questions(self, cards: Sequence[Card], plan: Plan) -> list[Question]:
        return [self._judge(card, plan) for card in cards]

    def _judge(self, card: Card, plan: Plan, attempt: int = 1) -> Question:
        return judging.ask(card, self.known, plan.judges, attempt)

    def _alone(self, *said: str) -> Outcome:
        """The offline engine's result, cut to what it would propose by itself."""
        best = self._best(self.material.cards(1))
        return msgspec.structs.replace(
            self.offline,
            drafts=(*(one.draft for one in best), *self.material.untouched),
            refused=(*self.offline.refused, *self.refused),
            notes=said,
        )


def _cut(
    asked: Sequence[Question],
    got: Mapping[str, Answer],
    shorter: Sequence[Question],
) -> dict[str, Question]:
    """What was cut or refused, with less to read, by what was asked first."""
    return {
        first.name: second
        for first, second in zip(asked, shorter, strict=True)
        if (answer := got.get(first.name)) and answer.stop in answers.RETRIED
    }


def _shown(
    asked: Sequence[Question],
    whole: Sequence[Excerpt],
    again: Mapping[str, Question],
    shorter: Sequence[Excerpt],
) -> list[tuple[str, Excerpt]]:
    """What was shown of each run in the end, by what was asked about it."""
    return [
        (question.name, less if question.name in again else full)
        for question, full, less in zip(asked, whole, shorter, strict=True)
    ]


def _standing(one: Judged, judgement: Judgement | None) -> tuple[str, str]:
    """Why a lesson may not go on although nobody turned it down."""
    if judgement is None:
        return "unjudged", "No judgement of it could be had."
    if one.kept or one.draft is None:
        return "unsupported", "Its judgement is not borne out by what was quoted."
    voices = {
        (quote.agent, quote.trace)
        for quote in one.draft.quotes
        if quote.stance == "for" and quote.provenance in ("person", "agent")
    }
    if len(voices) < verification.GROUPS:
        return "tool-only", "Only tools and pages said it."
    return "", ""


def _ranked(drafts: Sequence[Draft]) -> list[Draft]:
    return sorted(
        drafts, key=lambda one: (-one.confidence * one.impact, one.fingerprint)
    )
