"""From patterns to candidates and refusals: what passes, what does not, and why.

A refusal is a finding too: it is listed with its reason, so that nobody wonders why a
pattern that they can see was not proposed.
"""

import re
from collections.abc import Iterator, Sequence

from reviews.dreams.engines import Refusal
from reviews.dreams.mining import fixes, wording
from reviews.dreams.mining.candidates import Candidate, Right, counts, is_one_persons
from reviews.dreams.mining.contrasts import Contrast
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.fixes import Fix
from reviews.dreams.mining.masking import LEFT, RIGHT, plain
from reviews.dreams.mining.novelty import stems
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.thresholds import Thresholds

Found = Candidate | Refusal

_KINDS = {"order": "order", "slot": "slot", "constraint": "constraint"}


def of_subject(
    subject: Subject, tested: Sequence[Contrast], counted: Tally, limits: Thresholds
) -> Found:
    """What one kind of failure comes to."""
    groups = len(subject.support.groups)
    if subject.is_transient(limits):
        return refused(
            subject, counted, "transient", "It looks like weather: it passes by itself."
        )
    if subject.outside:
        return refused(
            subject, counted, "outside-word",
            "Its words came from outside or give orders to a model; they give no rules.",
        )  # fmt: skip
    fix = fixes.derived(subject, tested, limits)
    strong = fix is not None and fix.contrast is not None and fix.contrast.is_total
    if groups < limits.groups and not strong and not _is_repeated(subject, limits):
        return refused(subject, counted, "too-few-groups", _few(groups, limits))
    if is_one_persons(subject.support, counted, limits):
        return refused(
            subject, counted, "one-person",
            "Only one person's runs show it: their machine or their habits.",
        )  # fmt: skip
    if fix is None:
        fix = fixes.slot(subject, limits) or fixes.constraint(subject)
    if fix is None:
        return _without_fix(subject, counted)
    return _candidate(subject, fix, counted)


def refused(subject: Subject, counted: Tally, code: str, reason: str) -> Refusal:
    """A failure that was seen and is not proposed."""
    return Refusal(
        statement=plain(f"{wording.both(subject.tools)}: {wording.saying(subject.said)}"),
        code=code, reason=reason, kind="error-fix",
        counts=counts(subject.support, counted, subject.tools),
    )  # fmt: skip


def _without_fix(subject: Subject, counted: Tally) -> Refusal:
    if fixes.is_generic(subject.template):
        return refused(
            subject, counted, "generic",
            "Any program fails like that, and no common way out was found.",
        )  # fmt: skip
    return refused(
        subject, counted, "no-action",
        "No common way out was found, and the tool states no condition.",
    )  # fmt: skip


def _is_repeated(subject: Subject, limits: Thresholds) -> bool:
    """Whether few groups show it in try after try: no accident of one run."""
    groups = len(subject.support.groups)
    tries = len(subject.support.runs) / groups
    return groups >= limits.groups_if_repeated and tries >= limits.tries_if_repeated


def _few(groups: int, limits: Thresholds) -> str:
    return (
        f"Seen in {groups} independent {'group' if groups == 1 else 'groups'};"
        f" {limits.groups} are needed."
    )


def _candidate(subject: Subject, fix: Fix, counted: Tally) -> Candidate:
    support = subject.support
    if fix.kind == "slot":
        support = support.within(subject.slots[fix.argument, fix.value])
    numbers = counts(support, counted, subject.tools)
    numbers["calls"] = subject.faults
    numbers["recovered"] = len(subject.recovered)
    if fix.contrast:
        one = fix.contrast
        numbers |= {
            "failing_with": one.a, "fine_with": one.b, "failing_without": one.c,
            "fine_without": one.d, "p": one.p, "q": one.q, "against": one.b,
        }  # fmt: skip
        if one.c + one.d:
            numbers["base_rate"] = round(one.c / (one.c + one.d), 4)
    tools = (fix.tool, *subject.tools) if fix.kind == "order" else subject.tools
    text = wording.of_fix(fix, subject.tools, subject.said)
    return Candidate(
        kind=_KINDS.get(fix.kind, "error-fix"),
        tools=subject.tools,
        identity=_identity(subject, fix),
        text=text,
        because=_because(subject, fix, numbers),
        support=support,
        counts=numbers,
        entities=_entities(subject, fix),
        trigger=_trigger(subject, fix),
        waste=subject.calls_lost / subject.overcome if subject.overcome else 4.0,
        total_separation=fix.contrast is not None and fix.contrast.is_total,
        alternatives=_alternatives(subject, fix, tools),
        right=_right(fix),
        spans=(0,) if fix.kind == "constraint" else _spans(fix),
        # Whatever the form: a tool's own words in a rule are nobody's authority.
        quoted=wording.saying(subject.said) in text,
        # A name that only one person lacks is a matter of their own installation.
        personal=fix.kind == "slot" and support.people == 1,
        named=fix.kind in {"precondition", "same-item", "order"},
    )


def _identity(subject: Subject, fix: Fix) -> tuple[str, ...]:
    if fix.kind == "order":  # whatever else turns out to be refused after it
        return (fix.action,)
    tools = ",".join(subject.tools)
    if fix.contrast or fix.kind == "slot":
        return (tools, fix.action)
    words = re.sub(f"{LEFT}[^{RIGHT}]*{RIGHT}", " ", subject.template)
    return (tools, " ".join(sorted(stems(words))), fix.action)


def _spans(fix: Fix) -> tuple[int, ...]:
    """Answer, failing call, way out: what shows this fix best comes first."""
    if fix.kind in {"recovery", "between", "missing"}:
        return (0, 2, 1)
    return (0, 1)


def _entities(subject: Subject, fix: Fix) -> tuple[str, ...]:
    if fix.kind == "order":
        return (fix.tool, subject.tools[0])
    if fix.kind == "slot":
        return (
            (subject.tools[0], fix.value) if len(subject.tools) == 1 else (fix.value,)
        )
    names = [subject.tools[0], fix.tool if fix.kind != "recovery" else "", fix.argument]
    if fix.kind == "value":
        names.append(fix.value)
    return tuple(name for name in names if name)


def _right(fix: Fix) -> Right | None:
    """Tells whether a good call did what the fix advises."""
    if fix.contrast is None:
        return None
    feature = fix.contrast.feature

    def right(_: str, features: set[str]) -> bool:
        return (feature.name in features) is not feature.present

    return right


def _trigger(subject: Subject, fix: Fix) -> dict[str, str]:
    trigger = {
        "tool": ",".join(subject.tools),
        "template": subject.template,
        "fix": fix.action,
        "marks": subject.marks,
    }
    if fix.kind == "slot":
        trigger["slot"] = f"{fix.argument}={fix.value}"
    if fix.contrast:
        feature = fix.contrast.feature
        trigger["feature"] = feature.name
        trigger["when"] = "present" if feature.present else "absent"
    return trigger


def _because(subject: Subject, fix: Fix, numbers: dict[str, float]) -> str:
    """N of m, from the counts; "failed" and "recovered", never "causes"."""
    parts = list(_evidence_of(fix, subject))
    groups, used = int(numbers["groups"]), int(numbers["opportunities"])
    met = f"groups that used {wording.both(subject.tools)} met it"
    tries = f", in {int(numbers['runs'])} runs" if numbers["runs"] > groups else ""
    parts.append(wording.of_many(groups, used, met) + tries)
    if fix.kind == "constraint":
        parts.append("no common way out was found")
    return "; ".join(parts)[:1].upper() + "; ".join(parts)[1:] + "."


def _evidence_of(fix: Fix, subject: Subject) -> Iterator[str]:
    one = fix.contrast
    if one:
        how = {
            "precondition": f"without {wording.code(fix.tool)} before it",
            "same-item": f"without {wording.code(fix.tool)} on the same thing",
            "order": f"after {wording.code(fix.tool)} on the same thing",
            "invented": "with a value that nobody had mentioned",
            "missing": f"without {wording.code(fix.argument)}",
            "value": f"with {wording.code(fix.value)}",
            "shape": f"with {wording.code(fix.argument)} in that shape",
        }[fix.kind]
        yield wording.of_many(one.a, one.a + one.b, f"groups failed {how}")
        yield f"otherwise {wording.of_many(one.c, one.c + one.d, 'did')}"
    elif fix.kind == "slot":
        yield wording.of_many(
            *fix.recovered, f"groups failed on {wording.code(fix.value)}"
        )
    elif fix.recovered[1]:
        yield wording.of_many(*fix.recovered, "groups that recovered did it so")


def _alternatives(subject: Subject, fix: Fix, tools: Sequence[str]) -> tuple[str, ...]:
    """Another wording, where one is as true: by what the tool says."""
    if fix.kind in {"constraint", "order", "slot"}:
        return ()
    if fix.kind in {"invented", "value", "shape"}:
        said, argument = wording.saying(subject.said), wording.code(fix.argument)
        answers = f"When {wording.both(tools, 'or')} answers {said}"
        return (f"{answers}, look at {argument} first.",)
    return ()
