"""What became of patterns that memory has a rule about: whether it is followed, and works.

A run counts as exposed only if the version that it read holds the rule as it is worded
now; the others say how often the pattern showed without it. All counts are of groups with
an opportunity, so that a busy week changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from reviews.dreams.engines import Rule
from reviews.dreams.mining import adherence
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.runs import RuleInForce
from reviews.dreams.mining.states import State
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.wording import of_many

# Stands for every run: what people say is bound to no tool.
_ANY = ""
CONFIRMED, INEFFECTIVE, COVERED = "confirmed", "ineffective", "covered"


class Arm:
    """Groups with an opportunity, and those of them that showed the pattern."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.showing: set[str] = set()

    def add(self, group: str, *, shows: bool) -> None:
        """Count one run."""
        self.groups.add(group)
        if shows:
            self.showing.add(group)

    @property
    def rate(self) -> float:
        return len(self.showing) / len(self.groups) if self.groups else 0.0


class Standing(msgspec.Struct, frozen=True):
    """How a rule stands: confirmed, ineffective, or merely there; and in numbers."""

    candidate: Candidate
    rule: Rule
    verdict: str
    reason: str
    counts: dict[str, float]
    # Groups that read the rule and show its pattern.
    showing: frozenset[str] = frozenset()


def standings(
    state: State,
    known: Sequence[tuple[Candidate, Rule]],
    store: str,
    limits: Thresholds,
) -> list[Standing]:
    """Weigh every candidate that memory covers, in one pass over the runs."""
    arms = [(Arm(), Arm()) for _ in known]
    triggers = [_in_force(candidate) for candidate, _ in known]
    near = _by_word(known)
    for digest in state.digests() if near else ():
        read = dict(digest.read).get(store, 0)
        occasions = {n for word in (*digest.words, _ANY) for n in near.get(word, ())}
        for number in occasions:
            followed = _followed(triggers[number], digest)
            if followed is not None:
                since, (exposed, other) = known[number][1].since, arms[number]
                arm = exposed if 0 < since <= read else other
                arm.add(digest.group, shows=not followed)
    return [
        _standing(candidate, rule, *both, limits)
        for (candidate, rule), both in zip(known, arms, strict=True)
    ]


def _by_word(known: Sequence[tuple[Candidate, Rule]]) -> dict[str, list[int]]:
    """Which patterns a run may say something of, by the tools that it used.

    Of a rule of which nobody knows since when it stands, only habits can be told.
    """
    near: defaultdict[str, list[int]] = defaultdict(list)
    for number, (candidate, rule) in enumerate(known):
        if rule.since or candidate.kind == "procedure":
            for tool in candidate.tools or (_ANY,):
                near[tool].append(number)
    return dict(near)


def _in_force(candidate: Candidate) -> RuleInForce:
    return RuleInForce(
        name="", proposal=0, statement=candidate.text, trigger=candidate.trigger
    )


def _followed(rule: RuleInForce, digest: Digest) -> bool | None:
    """Whether a run followed a rule; None where it had no occasion to."""
    trigger = rule.trigger
    owner = trigger.get("owner") or digest.person
    if "remark" in trigger:
        found = any(
            digest.words[one.kind] == trigger["remark"] for one in digest.remarks
        )
        return None if owner != digest.person else not found
    if "wish" in trigger:
        keys = set(trigger["wish"].split("\n"))
        said = any(digest.words[one.key] in keys for one in digest.sayings)
        return None if owner != digest.person else not said
    verdict = adherence.judge(rule, digest)
    return None if verdict is None else verdict[0]


def _standing(
    candidate: Candidate, rule: Rule, exposed: Arm, other: Arm, limits: Thresholds
) -> Standing:
    since, showing = len(exposed.groups), len(exposed.showing)
    before = len(other.groups)
    counts = {
        "exposed": float(since), "exposed_showing": float(showing),
        "unexposed": float(before), "unexposed_showing": float(len(other.showing)),
    }  # fmt: skip
    verdict = _verdict(candidate, exposed, other, limits)
    then = of_many(len(other.showing), before, "that had not read it")
    if verdict == COVERED:
        reason = f"{rule.path} says it already: {rule.text[:160]}"
    elif since:
        reason = (
            f"{of_many(showing, since, 'groups that read it still show this')}, {then}."
        )
    else:
        followed = before - len(other.showing)
        met = "groups did so, as far as is known without having read it"
        reason = f"{of_many(followed, before, met)}."
    return Standing(
        candidate, rule, verdict, reason, counts, frozenset(exposed.showing)
    )


def _verdict(candidate: Candidate, exposed: Arm, other: Arm, limits: Thresholds) -> str:
    if len(exposed.groups) >= limits.ineffective_since:
        judged = len(other.groups) >= limits.ineffective_before and other.rate > 0
        enough = len(exposed.showing) >= limits.groups
        if judged and enough and exposed.rate >= limits.ineffective_rate * other.rate:
            return INEFFECTIVE
    # What good runs do anyway is followed, whichever version they read.
    arm = exposed if exposed.groups or candidate.kind != "procedure" else other
    followed = 1 - arm.rate
    if (
        len(arm.groups) >= limits.confirmed_groups
        and followed >= limits.confirmed_share
    ):
        return CONFIRMED
    return COVERED
