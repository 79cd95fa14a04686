"""Facets: what single silent runs teach, kept only where independent runs agree.

A model reads one run at a time. Its lessons are brought together by code, as people's
wishes are; one that fewer than three groups show goes no further, whatever it says. What
remains is judged like any other pattern, and needs that judgement to be proposed.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from reviews.dreams.claude import answers, cards, prompts, silent, verification
from reviews.dreams.claude.cards import Card, Excerpt
from reviews.dreams.claude.lessons import KIND, Before
from reviews.dreams.claude.runs import Register
from reviews.dreams.claude.schemas import Facet
from reviews.dreams.engines import Head, Question, Refusal, Rule, Tier
from reviews.dreams.mining import clusters, novelty, placement
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.stems import key_of
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Draft, DraftOperation, Quote, Scope

GROUPS = 3
_BESIDE = 2
_LONGEST_LESSON, _LONGEST_LETTERS = 60, 1_200  # words, characters
# Of lessons as few as three agree: a wording shares less than a wish's does.
_DISTANCE = 0.75


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one run was read to teach, with quotes that are really in it."""

    excerpt: Excerpt
    lesson: str
    quotes: tuple[Quote, ...]


class Lessons(msgspec.Struct, kw_only=True):
    """What a round of facets came to."""

    cards: list[Card]
    refused: list[Refusal]
    # Runs whose material tried to instruct a model.
    suspicious: int = 0


def ask(excerpt: Excerpt, tier: Tier = "small", attempt: int = 1) -> Question:
    """The question about one run."""
    run = hashlib.sha256(f"{excerpt.agent}\0{excerpt.trace}".encode()).hexdigest()
    again = f":{attempt}" if attempt > 1 else ""
    return answers.question(
        f"facet:{run[:40]}{again}",
        "facet",
        tier,
        prompts.block(silent.content(excerpt)),
        Facet,
        runs=[(excerpt.agent, excerpt.trace)],
        max_tokens=1_200,
    )


def lessons(
    read: Sequence[tuple[Excerpt, Facet]],
    register: Register,
    head: Head,
    limits: Thresholds,
    before: Before,
) -> Lessons:
    """Bring readings together; what independent groups show becomes a card."""
    found = Lessons(cards=[], refused=[])
    readings: list[Reading] = []
    for excerpt, facet in read:
        if facet.suspicious:
            found.suspicious += 1
            continue
        reading = _reading(excerpt, facet)
        if reading is not None:
            readings.append(reading)
    silent_groups = {excerpt.group for excerpt, _ in read}
    for members in _together(readings):
        draft = _draft(members, silent_groups, head, limits, before)
        if isinstance(draft, Draft):
            share = 100 * draft.counts["runs"] / max(1, register.runs)
            draft = msgspec.structs.replace(draft, impact=round(share, 3))
        if isinstance(draft, Refusal):
            found.refused.append(draft)
        else:
            found.cards.append(_card(draft, members))
    return found


def _reading(excerpt: Excerpt, facet: Facet) -> Reading | None:
    lesson = " ".join(facet.lesson.split())
    if facet.failure == "none" or facet.instance_specific or not key_of(lesson):
        return None
    if len(lesson.split()) > _LONGEST_LESSON or len(lesson) > _LONGEST_LETTERS:
        return None
    if prompts.leaks(lesson):
        return None
    held = verification.quotes(facet.quotes, _single(excerpt), "for")
    if not held.quotes:
        return None
    return Reading(excerpt=excerpt, lesson=lesson, quotes=held.quotes)


def _single(excerpt: Excerpt) -> Card:
    draft = Draft(fingerprint="", family="mistake", kind=KIND, title="", operations=())
    return Card(id="", draft=draft, excerpts=(excerpt,))


def _together(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Readings whose lessons are about one thing, in an order that is theirs alone."""
    by_key: defaultdict[tuple[str, ...], list[Reading]] = defaultdict(list)
    for reading in readings:
        by_key[key_of(reading.lesson)].append(reading)
    weights = {key: len(held) for key, held in by_key.items()}
    grouped = clusters.cluster(weights, distance=_DISTANCE, most=len(weights) or 1)
    return [
        sorted(
            (reading for key in keys for reading in by_key[key]),
            key=lambda one: (one.excerpt.agent, one.excerpt.trace),
        )
        for keys in grouped
    ]


class _Shown:
    """Who shows a lesson: counted here, from the runs, and by no model."""

    def __init__(self, members: Sequence[Reading]) -> None:
        runs = {(one.excerpt.agent, one.excerpt.trace): one.excerpt for one in members}
        self.runs = sorted(runs)
        self.groups = {one.group for one in runs.values()}
        self.people = {one.person for one in runs.values() if one.person}
        self.agents = {one.agent for one in runs.values()}

    def counts(self, read: set[str]) -> dict[str, float]:
        """The numbers of a pattern, among the groups that were read."""
        return {
            "runs": len(self.runs),
            "groups": len(self.groups),
            "people": len(self.people),
            "agents": len(self.agents),
            "opportunities": len(read),
            "against": len(read - self.groups),
            "base_rate": round(len(self.groups) / len(read), 4),
        }


def _draft(
    members: Sequence[Reading],
    read: set[str],
    head: Head,
    limits: Thresholds,
    before: Before,
) -> Draft | Refusal:
    """The draft of a lesson, or why there is none."""
    shown = _Shown(members)
    counts = shown.counts(read)
    lesson, anchors = _medoid(members)
    scope, scope_of = _scope(shown.people, shown.agents)
    identity = ("mistake", KIND, scope, scope_of, *anchors)
    fingerprint = (
        before.fingerprint(lesson, anchors)
        or hashlib.sha256("\0".join(identity).encode()).hexdigest()
    )
    candidate = _candidate(lesson, anchors, counts)
    rules = novelty.rules_of(head)
    if why := _unfit(shown, candidate, rules, limits):
        code, reason = why
        return Refusal(
            statement=lesson, code=code, family="mistake", kind=KIND, reason=reason,
            fingerprint=fingerprint, counts=counts,
        )  # fmt: skip
    place = placement.place(candidate, rules, scope, scope_of)
    operation = DraftOperation(
        kind="add", path=place.path, heading=place.heading, after=lesson
    )
    return Draft(
        fingerprint=fingerprint, family="mistake", kind=KIND, title=lesson,
        operations=(operation,),
        quotes=tuple(quote for one in members for quote in one.quotes[:1]),
        scope=scope, scope_of=scope_of,
        because=(
            f"Claude read it in {len(shown.groups)} of {len(read)} groups of runs that "
            "went badly though no tool failed."
        ),
        counts=counts, confidence=0.5,
        groups=tuple(sorted(map(_short, shown.groups))),
        people=tuple(sorted(map(_short, shown.people))),
        trigger={
            "lesson": " ".join(anchors),
            "runs": "\n".join(f"{agent}\t{trace}" for agent, trace in shown.runs),
        },
    )  # fmt: skip


def _unfit(
    shown: _Shown, candidate: Candidate, rules: Sequence[Rule], limits: Thresholds
) -> tuple[str, str] | None:
    """Why a lesson goes no further: too few show it, or memory says it."""
    if len(shown.groups) < GROUPS:
        seen = f"A model read it in {len(shown.groups)} independent groups"
        return "too-few-groups", f"{seen}; it takes {GROUPS}."
    covering = novelty.covering(candidate, rules, limits)
    if covering is not None:
        return "covered", f"{covering.path} says it already: {covering.text[:160]}"
    return None


def _medoid(members: Sequence[Reading]) -> tuple[str, tuple[str, ...]]:
    """The lesson that says most of what all say, and the stems that most of them share."""
    spread = Counter(stem for one in members for stem in key_of(one.lesson))
    anchors = tuple(
        sorted(stem for stem, times in spread.items() if 2 * times > len(members))
    )
    best = min(
        members,
        key=lambda one: (
            -sum(spread[stem] for stem in key_of(one.lesson))
            / max(1, len(key_of(one.lesson))),
            len(one.lesson),
            one.lesson,
        ),
    )
    return best.lesson, anchors or key_of(best.lesson)


def _scope(people: set[str], agents: set[str]) -> tuple[Scope, str]:
    if len(people) == 1:
        return "person", next(iter(people))
    if len(agents) == 1:
        return "agent", next(iter(agents))
    return "store", ""


def _candidate(
    lesson: str, anchors: tuple[str, ...], counts: Mapping[str, float]
) -> Candidate:
    """What novelty and placement need to know of a lesson."""
    return Candidate(
        kind=KIND, tools=(), identity=anchors, text=lesson, because="",
        support=Support(), counts=dict(counts), entities=(), trigger={}, stems=anchors,
    )  # fmt: skip


def _card(draft: Draft, members: Sequence[Reading]) -> Card:
    """The card of a lesson: what was quoted, and the steps beside it."""
    shown: list[Excerpt] = []
    for reading in members:
        if any(one.trace == reading.excerpt.trace for one in shown):
            continue
        near = {
            index
            for quote in reading.quotes
            for index in range(quote.step - _BESIDE, quote.step + _BESIDE + 1)
        }
        shown.append(
            msgspec.structs.replace(
                reading.excerpt,
                name=f"t{len(shown) + 1}",
                steps=tuple(
                    step for step in reading.excerpt.steps if step.index in near
                ),
                ranges={
                    quote.step: (quote.start, quote.end) for quote in reading.quotes
                },
            )
        )
        if len(shown) == cards.EXEMPLARS:
            break
    return Card(id=draft.fingerprint[:16], draft=draft, excerpts=tuple(shown))


def _short(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
