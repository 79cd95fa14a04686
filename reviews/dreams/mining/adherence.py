"""Whether a run followed a rule that it had read: only where its pattern's trigger tells.

A run that never met the occasion neither followed nor ignored it; a preference's occasion
is in people's heads, and of linter rules only the breaches show: both are not judged.
"""

from collections.abc import Mapping

from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.runs import RuleInForce
from reviews.dreams.mining.subjects import mark

# Followed or not, and the step that shows that it was not.
Verdict = tuple[bool, int | None]


def judge(rule: RuleInForce, digest: Digest) -> Verdict | None:
    """Followed or ignored; None where the run says nothing of it."""
    trigger = rule.trigger
    if trigger.get("marks"):
        return _failure(trigger, digest)
    if "anchor" in trigger:
        return _procedure(trigger, digest)
    if trigger.get("signal") == "loop":
        return _loop(digest)
    if trigger.get("signal") == "stop":
        return _stop(trigger, digest)
    if trigger.get("feature", "").startswith("after:"):
        return _check(trigger, digest)
    return None


def _failure(trigger: Mapping[str, str], digest: Digest) -> Verdict | None:
    """The failure that the rule is about: its tool was used, and failed so or not."""
    words, used = digest.words, set(trigger.get("tool", "").split(","))
    marks, slot = set(trigger["marks"].split()), trigger.get("slot", "")
    for fault in digest.faults:
        if mark(words[fault.tool], words[fault.template]) not in marks:
            continue
        slots = {f"{words[kind]}={words[value]}" for kind, value in fault.slots}
        if not slot or slot in slots:
            return False, fault.answer.step
    met = any(words[row.tool] in used for row in digest.rows)
    return (True, None) if met else None


def _procedure(trigger: Mapping[str, str], digest: Digest) -> Verdict | None:
    left = set(trigger.get("steps", "").split("\n"))
    for row in digest.rows:
        if row.fault >= 0:
            continue
        tool = digest.words[row.tool]
        if tool == trigger["anchor"]:
            return not left, None
        left.discard(tool)
    return None


def _loop(digest: Digest) -> Verdict | None:
    if digest.loops:
        return False, digest.loops[0].call.step
    return (True, None) if digest.faults else None


def _stop(trigger: Mapping[str, str], digest: Digest) -> Verdict | None:
    tool = trigger.get("tool", "")
    for halt in digest.halts:
        if digest.words[halt.tool] == tool:
            return False, halt.said.step
    met = any(digest.words[row.tool] == tool for row in digest.rows)
    return (True, None) if met else None


def _check(trigger: Mapping[str, str], digest: Digest) -> Verdict | None:
    """The check that belongs before a write: whether a good one came before the first."""
    check = trigger["feature"].removeprefix("after:")
    seen = False
    for row in digest.rows:
        if row.fault < 0:
            tool = digest.words[row.tool]
            if tool == trigger.get("tool"):
                return seen, None
            seen = seen or tool == check
    return None
