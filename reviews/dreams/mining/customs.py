"""Candidates for what people and agents settle on: procedures, and preferences."""

import re
from collections.abc import Iterator, Mapping

from reviews.dreams.engines import Refusal
from reviews.dreams.mining import preferences, procedures, sayings, wording
from reviews.dreams.mining.candidates import Candidate, counts
from reviews.dreams.mining.digests import samples_of
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.preferences import Wish
from reviews.dreams.mining.procedures import Procedure
from reviews.dreams.mining.proposing import Found
from reviews.dreams.mining.states import State
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Family

# What ties a sentence to one case: codes, long numbers, addresses.
_PARTICULAR = re.compile(r"\d{3,}|\b[A-Z]\w*\d|\w@\w|://")
_LONGEST_WISH = 25  # words


def of_procedures(state: State, counted: Tally, limits: Thresholds) -> Iterator[Found]:
    """What nearly all good runs do before one write."""
    for one in procedures.procedures(counted.courses.runs, limits):
        support = _runs_of(state, one)
        numbers = counts(support, counted, (one.anchor,))
        numbers |= {
            "early": one.early[0], "early_of": one.early[1],
            "late": one.late[0], "late_of": one.late[1],
        }  # fmt: skip
        yield Candidate(
            kind="procedure",
            family="workflow",
            tools=(one.anchor,),
            identity=(one.anchor, *sorted(one.steps)),
            text=wording.of_procedure(one.anchor, one.levels, one.followers),
            because=_converging(one, support),
            support=support,
            counts=numbers,
            entities=(*one.steps, one.anchor),
            trigger={
                "anchor": one.anchor,
                "steps": "\n".join(sorted(one.steps)),
                "tools": ",".join(sorted({*one.followers})),
            },
            waste=2.0,
            named=True,
            spread=True,
        )


def of_wishes(
    counted: Tally, limits: Thresholds, synonyms: Mapping[str, str]
) -> Iterator[Found]:
    """What several people ask for, or one person again and again."""
    heard = preferences.with_synonyms(counted.heard, synonyms)
    for wish in preferences.wishes(heard, limits):
        text = _rule(wish)
        groups = len(wish.support.groups)
        firm = wish.standing >= limits.preference_standing * wish.times
        # A name that several people use, and nobody for good, is of their cases: a shop's.
        own = wish.named and wish.support.people < 2
        if not (firm or own) or not text:
            continue
        if wish.is_contested(limits):
            if groups >= limits.preference_groups:
                yield _contested(wish, text, counted)
        elif wish.support.people >= limits.preference_people or (
            # Where nobody is named, whoever speaks speaks for all that is known.
            not counted.people and groups >= limits.preference_groups
        ):
            yield from _shared(wish, text, counted, limits)
        else:
            yield from _personal(wish, text, counted, limits)


def _runs_of(state: State, one: Procedure) -> Support:
    """The runs that went all the way, each with a call that can be quoted."""
    support, courses = Support(), state.courses
    runs = zip(courses.at(one.places), state.documents(one.places), strict=True)
    for course, document in runs:
        digest = samples_of(document)
        spans = {
            courses.known[course.calls[sample.row]].tool: sample.span
            for sample in digest.samples
        }
        if one.anchor in spans:
            last = spans.get(one.steps[-1])
            support.add(digest, spans[one.anchor], *([last] if last else []))
    return support


def _converging(one: Procedure, support: Support) -> str:
    went = "groups that called it went all the way"
    early, late = (wording.of_many(*part, went) for part in (one.early, one.late))
    people = f" of {support.people} people" * (support.people > 1)
    return (
        f"In the older half of the runs {early}, in the newer half"
        f" {wording.of_many(*one.late, 'did')}; {len(support.runs)} runs{people}."
        if one.early[1]
        else f"{late}."
    )


def _shared(
    wish: Wish, text: str, counted: Tally, limits: Thresholds
) -> Iterator[Found]:
    if len(wish.texts) < limits.preference_wordings:
        yield _refused(
            wish, text, counted, "same-words",
            "All say it in the very same words: a program says it for them.",
        )  # fmt: skip
        return
    people = wish.support.people
    asked = wording.of_many(people, len(counted.people), "people ask for it")
    if not people:
        asked = f"Asked for in {len(wish.support.groups)} groups of runs"
    yield _candidate(
        wish, text, wish.support, counted,
        because=(
            f"{asked}, in {len(wish.support.runs)} runs"
            f" and {len(wish.texts)} different wordings."
        ),
    )  # fmt: skip


def _personal(
    wish: Wish, text: str, counted: Tally, limits: Thresholds
) -> Iterator[Found]:
    """One candidate per person who keeps asking; fewer than a team's worth of them."""
    said = False
    for person, groups in sorted(wish.support.by_person.items()):
        if len(groups) < limits.preference_groups:
            continue
        said = True
        support = wish.support.within(groups)
        yield _candidate(
            wish, text, support, counted, owner=person,
            because=f"{person} asks for it in {len(groups)} groups of runs.",
        )  # fmt: skip
    if not said and len(wish.support.groups) > 1:
        yield _refused(
            wish, text, counted, "too-few-people",
            f"{wish.support.people} people asked for it, each in few runs;"
            f" {limits.preference_people} make it a wish of the team.",
        )  # fmt: skip


def _candidate(
    wish: Wish,
    text: str,
    support: Support,
    counted: Tally,
    *,
    because: str,
    owner: str = "",
) -> Candidate:
    # Nobody is held against their own wish; silence is held against nobody's.
    dissenting = () if owner else wish.dissenting
    against = {
        group for name in dissenting for group in support.by_person.get(name, ())
    }
    return Candidate(
        kind="wish",
        family="preference",
        tools=(),
        identity=wish.anchors,
        text=text,
        because=because,
        support=support,
        counts=counts(support, counted, ()) | {"against": len(against)},
        entities=(),
        trigger={
            "wish": "\n".join(sorted(" ".join(key) for key in wish.keys)),
            "owner": owner,
        },
        waste=1.0,
        stems=wish.anchors,
        owner=owner,
        alternatives=tuple(_others(wish, text)),
    )


def _rule(wish: Wish) -> str:
    """The best of its wordings that says all of it and names no case."""
    for said in wish.sentences():
        rule = sayings.rule_of(said)
        if not set(wish.anchors) <= set(wish.about[said]) or _PARTICULAR.search(rule):
            continue
        if len(rule.split()) <= _LONGEST_WISH:
            return rule
    return ""


def _others(wish: Wish, text: str) -> Iterator[str]:
    other = (sayings.rule_of(said) for said in wish.sentences())
    seen = {text}
    for rule in other:
        if rule and rule not in seen and not _PARTICULAR.search(rule):
            seen.add(rule)
            yield rule
        if len(seen) > 2:
            return


def _contested(wish: Wish, text: str, counted: Tally) -> Refusal:
    other = f" (“{wish.against}”)" if wish.against else ""
    return _refused(
        wish, text, counted, "contested",
        f"Some people want it and others the opposite{other}; that is for people to settle.",
    )  # fmt: skip


def _refused(wish: Wish, text: str, counted: Tally, code: str, reason: str) -> Refusal:
    family: Family = "preference"
    return Refusal(
        statement=text, code=code, reason=reason, family=family, kind="wish",
        counts=counts(wish.support, counted, ()),
    )  # fmt: skip
