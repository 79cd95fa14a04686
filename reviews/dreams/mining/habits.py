"""Candidates that no error pattern gives: stops by people, linter rules, loops, silences."""

from collections.abc import Iterator, Sequence
from itertools import combinations, takewhile

from rapidfuzz import fuzz

from reviews.dreams.engines import Refusal
from reviews.dreams.mining import fixes, wording
from reviews.dreams.mining.candidates import Candidate, Right, counts, is_one_persons
from reviews.dreams.mining.extraction import Recurrence, Tally
from reviews.dreams.mining.proposing import Found
from reviews.dreams.mining.silences import Silence
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds

# Two reasons at least must be so similar: else each stop was about something else.
_SAME_REASON = 70
# Every reason is held against every other: so many are enough.
_MOST_REASONS = 200
# Words that all messages of a linter rule must begin with, to be quoted.
_BEGINNING = 4
# Rules of compilers: code that does not build is no habit.
_NO_HABIT = frozenset({"typecheck", "compile", "error", "syntax", "parse"})


def of_stops(counted: Tally, limits: Thresholds) -> Iterator[Found]:
    """Tools that people stop, with their reasons."""
    for tool, heard in sorted(counted.halts.items()):
        reasons = sorted(filter(_is_reason, heard.texts))[:_MOST_REASONS]
        runs = len(heard.support.runs)
        repeated = any(heard.texts[text] > 1 for text in reasons)
        if runs < limits.stop_runs or not (repeated or _agree(reasons)):
            if runs > 1:
                few = (
                    f"In {runs} runs with a reason; {limits.stop_runs} are needed,"
                    " and two reasons that agree."
                )
                yield _refused_stop(tool, heard, counted, "too-few-groups", few)
            continue
        if len(reasons) == 1 and heard.support.people > 1:
            yield _refused_stop(
                tool, heard, counted, "same-words",
                "All say it in the very same words: a program says it for them.",
            )  # fmt: skip
            continue
        yield _stop(tool, heard, reasons, counted)


def of_checks(counted: Tally, limits: Thresholds) -> Iterator[Found]:
    """Linter rules that new code keeps breaking."""
    for rule, heard in sorted(counted.checks.items()):
        groups = len(heard.support.groups)
        if groups < limits.groups_if_total:
            continue
        if rule in _NO_HABIT or fixes.is_generic(rule):
            yield _refused_check(
                rule, heard, counted, "generic", "Code that does not build is no habit."
            )
        elif groups < limits.groups:
            reason = f"Seen in {groups} independent groups; {limits.groups} are needed."
            yield _refused_check(rule, heard, counted, "too-few-groups", reason)
        elif is_one_persons(heard.support, counted, limits):
            yield _refused_check(
                rule, heard, counted, "one-person", "Only one person's runs show it."
            )
        else:
            yield _check(rule, heard, counted, limits)


def of_loops(counted: Tally, limits: Thresholds) -> Iterator[Found]:
    """Equal calls with equal answers: one rule for all tools of an agent, or for all agents."""
    together, tools = Support(), []
    for tool, support in sorted(
        counted.loops.items(), key=lambda item: (-len(item[1].groups), item[0])
    ):
        together.absorb(support)
        tools.append(tool)
    groups = len(together.groups)
    if not groups:
        return
    statement = (
        f"The same call with the same answer again and again: {wording.both(tools)}"
    )
    numbers = counts(together, counted, ())
    if groups < limits.groups or is_one_persons(together, counted, limits):
        few = groups < limits.groups
        yield Refusal(
            statement=statement,
            kind="loop",
            counts=numbers,
            code="too-few-groups" if few else "one-person",
            reason=f"Seen in {groups} independent groups."
            if few
            else "Only one person's runs show it.",
        )
        return
    rated = (
        f", {together.failed_runs} of {together.rated_runs} rated runs failed"
        * bool(together.rated_runs)
    )
    yield Candidate(
        kind="loop",
        tools=tuple(tools),
        identity=(),
        text=wording.of_loops(tools),
        because=f"{len(together.runs)} runs in {groups} groups repeated a call{rated}.",
        support=together,
        counts=numbers,
        entities=(),
        trigger={"signal": "loop", "tools": ",".join(sorted(tools))},
        waste=3.0,
        spans=(0, 1),
    )


def of_silences(found: Sequence[Silence], counted: Tally) -> Iterator[Found]:
    """Checks whose absence before a write goes with bad outcomes."""
    for one in found:
        a, b, c, d = one.table
        numbers = counts(one.support, counted, (one.write,))
        numbers |= {
            "failing_with": a,
            "fine_with": b,
            "failing_without": c,
            "fine_without": d,
            "p": one.strata.p,
            "q": one.q,
            "against": b,
            "base_rate": round(c / (c + d), 4),
        }
        yield Candidate(
            kind="silent",
            tools=(one.write,),
            identity=(one.check, one.write),
            text=wording.of_silence(one.check, one.write),
            because=(
                f"Without {wording.code(one.check)} {a} of {a + b} runs were rated bad,"
                f" with it {c} of {c + d}, in runs without any tool error; compared among"
                " alike runs."
            ),
            support=one.support,
            counts=numbers,
            entities=(one.check, one.write),
            trigger={
                "tool": one.write,
                "feature": f"after:{one.check}",
                "when": "absent",
                "outcome": "failure",
            },
            waste=6.0,
            named=True,
            against_outcome="success",
            right=_after(one.check),
        )


def _after(check: str) -> Right:
    def right(_: str, features: set[str]) -> bool:
        return f"after:{check}" in features

    return right


def _is_reason(text: str) -> bool:
    return len(text.split()) >= 2 and not text.rstrip().endswith("?")


def _agree(reasons: Sequence[str]) -> bool:
    return any(
        fuzz.token_set_ratio(one, other) >= _SAME_REASON
        for one, other in combinations(reasons, 2)
    )


def _stop(
    tool: str, heard: Recurrence, reasons: list[str], counted: Tally
) -> Candidate:
    said = sorted(
        filter(None, map(wording.tidied, reasons)),
        key=lambda one: (_distance(one, reasons), len(one), one),
    )
    numbers = counts(heard.support, counted, (tool,))
    numbers["stops"] = heard.times
    runs = len(heard.support.runs)
    return Candidate(
        kind="stop",
        tools=(tool,),
        identity=(tool,),
        text=wording.of_stop(tool, said[0]),
        because=(
            f"People stopped {wording.code(tool)} in {runs} runs;"
            f" {int(numbers['opportunities'])} groups used it."
        ),
        support=heard.support,
        counts=numbers,
        entities=(tool,),
        trigger={"tool": tool, "signal": "stop"},
        waste=3.0,
        personal=True,
        alternatives=tuple(wording.of_stop(tool, one) for one in said[1:3]),
    )


def _distance(text: str, reasons: list[str]) -> float:
    return -sum(fuzz.token_set_ratio(text, one) for one in reasons)


def _refused_stop(
    tool: str, heard: Recurrence, counted: Tally, code: str, reason: str
) -> Refusal:
    return Refusal(
        statement=f"People stopped {wording.code(tool)}.",
        code=code,
        kind="stop",
        reason=reason,
        counts=counts(heard.support, counted, (tool,)),
    )


def _check(
    rule: str, heard: Recurrence, counted: Tally, limits: Thresholds
) -> Candidate:
    message = _message(heard, limits)
    tool = min(heard.tools, key=lambda name: (-heard.tools[name], name))
    numbers = counts(heard.support, counted, (tool,))
    return Candidate(
        kind="check",
        tools=(tool,),
        identity=(rule,),
        text=wording.of_check(rule, message, tool),
        because=(
            f"It failed in {len(heard.support.runs)} runs of"
            f" {max(1, heard.support.people)} people; {int(numbers['opportunities'])} groups ran {wording.code(tool)}."
        ),
        support=heard.support,
        counts=numbers,
        entities=(rule.split()[-1],),
        trigger={"check": rule, "tool": tool},
        waste=2.0,
        named=True,
    )


def _message(heard: Recurrence, limits: Thresholds) -> str:
    """What the rule says: how all its messages begin, else the commonest, else nothing."""
    texts = sorted(heard.text_groups, key=lambda text: -len(heard.text_groups[text]))
    words = [text.split() for text in sorted(texts)]
    alike = [
        one for one, *others in zip(*words, strict=False) if {one} == {one, *others}
    ]
    ahead = list(
        takewhile(lambda pair: pair[0] == pair[1], zip(words[0], alike, strict=False))
    )
    if len(texts) > 1 and len(ahead) >= _BEGINNING:
        return " ".join(word for word, _ in ahead).rstrip(" :,;") + " …"
    commonest = len(heard.text_groups[texts[0]])
    return (
        texts[0] if commonest >= limits.check_share * len(heard.support.groups) else ""
    )


def _refused_check(
    rule: str, heard: Recurrence, counted: Tally, code: str, reason: str
) -> Refusal:
    return Refusal(
        statement=f"Linter rule {wording.code(rule)}",
        code=code,
        reason=reason,
        kind="check",
        counts=counts(heard.support, counted, ()),
    )
