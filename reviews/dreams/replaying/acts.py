"""What an act is worth: whether it walks into the failure that the rule is to avoid.

Code judges where the pattern can be told from the call itself, by the same reading of a
call that found the pattern; a model judges the rest, without knowing who had the rule.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from reviews.dreams.claude import answers, prompts
from reviews.dreams.claude.schemas import Act, Sentence
from reviews.dreams.engines import Question, Tier
from reviews.dreams.mining import evaluation
from reviews.dreams.mining.digests import Digest, Row, decode
from reviews.dreams.replaying import situations
from reviews.dreams.replaying.situations import Situation
from reviews.traces.steps import Facts, Step

Worth = Literal["avoids", "fails", "unclear"]
Verdict = Literal["improves", "same", "breaks", "unclear"]
_ACT_TOKENS, _SENTENCE_TOKENS = 1_000, 400


def ask(name: str, one: Situation, shown: str, tier: Tier = "middle") -> Question:
    """The question what the agent would do next."""
    return answers.question(
        name,
        "act",
        tier,
        shown,
        Act,
        runs=[(one.agent, one.trace)],
        max_tokens=_ACT_TOKENS,
    )


def ask_about(
    name: str,
    failure: Mapping[str, str],
    one: Situation,
    act: Act,
    tier: Tier = "middle",
) -> Question:
    """The question whether this walks into the failure."""
    content: dict[str, Any] = {
        "failure": dict(failure),
        "so_far": situations.told(one.steps),
        "act": act.model_dump(),
    }
    return answers.question(
        name,
        "judge",
        tier,
        prompts.block(content),
        Sentence,
        runs=[(one.agent, one.trace)],
        prompt="outcome",
        max_tokens=_SENTENCE_TOKENS,
    )


def by_code(
    trigger: Mapping[str, str], one: Situation, act: Act
) -> tuple[Worth, str] | None:
    """What code can say of an act, with the reason; None where it can say nothing."""
    if act.kind != "call" or not act.tool:
        return None
    if trigger.get("signal") == "loop":
        return _repeats(one, act)
    if "anchor" in trigger:
        return _in_order(trigger, one, act)
    tools = [tool for tool in trigger.get("tool", "").split(",") if tool]
    kind, _, subject = trigger.get("feature", "").partition(":")
    if kind in ("after", "did") and act.tool == subject:
        return "avoids", f"It calls {subject} first."
    if not kind or act.tool not in tools:
        return None
    row, digest = _read(one, act)
    if row is None:
        return None
    has = _has(digest, row, trigger["feature"])
    present = trigger.get("when", "present") == "present"
    said = f"{trigger['feature']} is {'there' if has else 'not there'}."
    return ("fails" if has == present else "avoids"), said


def compared(without: Worth, with_rule: Worth) -> Verdict:
    """What the rule did in one situation."""
    if "unclear" in (without, with_rule):
        return "unclear"
    if without == with_rule:
        return "same"
    return "improves" if with_rule == "avoids" else "breaks"


def _repeats(one: Situation, act: Act) -> tuple[Worth, str] | None:
    last = next(
        (step for step in reversed(one.steps) if step.kind == "tool_call"), None
    )
    if last is None:
        return None
    if last.tool == act.tool and _plain(last.text) == _plain(act.arguments):
        return "fails", "It repeats the call before it."
    return "avoids", "It is another call than the one before it."


def _in_order(
    trigger: Mapping[str, str], one: Situation, act: Act
) -> tuple[Worth, str] | None:
    steps = set(trigger.get("steps", "").split("\n"))
    done = {step.tool for step in one.steps if step.kind == "tool_call"}
    if act.tool in steps - done:
        return "avoids", f"It calls {act.tool} first."
    if act.tool != trigger["anchor"]:
        return None
    missing = sorted(steps - done)
    if missing:
        return "fails", f"It leaves out {', '.join(missing)}."
    return "avoids", "Everything that comes before was done."


def _read(one: Situation, act: Act) -> tuple[Row | None, Digest]:
    """The act as the miner reads a call, behind the steps until then."""
    at = one.steps[-1].index + 1 if one.steps else 0
    steps: Sequence[Step] = [
        *one.steps,
        Step(at, "tool_call", "agent", act.arguments, act.tool, "the-act"),
        Step(at + 1, "tool_result", "tool", "done", act.tool, "the-act"),
    ]
    facts = Facts(trace=one.trace, agent=one.agent, group="", person=one.person)
    digest = decode(evaluation.evaluate(facts, steps).digest)
    rows = [row for row in digest.rows if digest.words[row.tool] == act.tool]
    return (rows[-1] if rows else None), digest


def _has(digest: Digest, row: Row, feature: str) -> bool:
    """Whether a call has a feature, as contrasts know them."""
    kind, _, subject = feature.partition(":")
    if kind == "has":
        return subject in digest.words[row.given].split(",")
    if kind == "after":
        before = digest.rows[: digest.rows.index(row)]
        return any(
            digest.words[one.tool] == subject and one.fault < 0 for one in before
        )
    return any(digest.words[one] == feature for one in row.features)


def _plain(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text.strip()
