"""The words of a rule: when, then what. Counts stay outside, so that they never age in memory.

Nothing of one instance may be in them: placeholders stand where names and numbers were, and
what a tool said is between quotation marks.
"""

import re
from collections.abc import Sequence

from reviews.dreams.fixes import NAME_ERROR, Fix
from reviews.dreams.masking import unquoted

LONGEST = 60  # words
_LONGEST_SAYING = 24  # words of a tool
_LEAD_IN = re.compile(
    r"^(?:oh|wait|no|ok(?:ay)?|please|hmm+|hey|but|and|so|well|actually)[ ,.!]+",
    re.IGNORECASE,
)


def code(name: str) -> str:
    """A name as the agent writes it."""
    return f"`{name}`"


def both(names: Sequence[str], word: str = "and") -> str:
    """Names in a row, at most three of them."""
    shown = [code(name) for name in names[:3]]
    if len(names) > 3:
        shown.append("others")
    return f" {word} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def saying(template: str) -> str:
    """What a tool said, shortened, between quotation marks."""
    words = unquoted(template).split()
    text = " ".join(words[:_LONGEST_SAYING])
    return f'"{text}{"…" if len(words) > _LONGEST_SAYING else ""}"'


def of_fix(fix: Fix, tools: Sequence[str], template: str) -> str:
    """The rule that a fix comes to."""
    tool, said = both(tools, "or"), saying(template)
    argument, other = code(fix.argument), code(fix.tool)
    match fix.kind:
        case "precondition":
            return f"When you call {tool}, call {other} successfully before it; otherwise it answers {said}."
        case "same-item":
            return f"When you call {tool} on something, call {other} on the same thing first; otherwise it answers {said}."
        case "order":
            return (
                f"When several changes are due on one item, do {other} last:"
                f" after it {both(tools)} {'are' if len(tools) > 1 else 'is'} refused with {said}."
            )
        case "invented":
            through = f" ({code(fix.through)} can find it)" if fix.through else ""
            return (
                f"When you call {tool}, take {argument} from an earlier result or from the"
                f" person{through}; never make one up."
            )
        case "missing":
            return f"When you call {tool}, always pass {argument}; without it it answers {said}."
        case "value":
            return f"When you call {tool}, do not use {code(fix.value)} for {argument}: it answers {said}."
        case "shape":
            return _of_shape(fix.value, tool, argument, said)
        case "recovery":
            return _of_recovery(fix, tool, argument, said)
        case "between":
            return f"When {tool} answers {said}, call {other} before you try again."
        case "slot":
            return _of_slot(fix, tool, template)
    return (
        f"When you are about to call {tool}, check what it demands; it refuses"
        f" otherwise: {said}."
    )


def of_check(rule: str, message: str, tool: str) -> str:
    """The rule about a linter rule that new code keeps breaking."""
    text = f" ({saying(message)})" if message else ""
    return (
        f"When you change code, satisfy {code(rule)}{text} before you hand it over;"
        f" {code(tool)} reports it."
    )


def of_silence(check: str, write: str) -> str:
    """The rule about a check that is left out unnoticed."""
    return f"When you are about to call {code(write)}, call {code(check)} before it."


def of_loops(tools: Sequence[str]) -> str:
    """The rule about repeating a call."""
    return (
        "When a call has failed or brought nothing new, do not repeat it with the same arguments"
        f" (seen with {both(tools)}); change the input or take another route."
    )


def of_stop(tool: str, reason: str) -> str:
    """The rule in the words of the people who stopped the agent."""
    return f"When you are about to run {code(tool)}: {reason}."


def tidied(reason: str) -> str:
    """A person's reason, without what they said to get a word in."""
    reason = " ".join(reason.split())
    for _ in range(3):
        reason = _LEAD_IN.sub("", reason)
    return reason.rstrip(" .!,;:")


def of_many(times: int, total: int, what: str) -> str:
    """N of m, never a bare percentage."""
    return f"{times} of {total} {what}"


def _of_shape(shape: str, tool: str, argument: str, said: str) -> str:
    how = {
        "quoted": "without quotation marks; with them",
        "hash": "without a leading #; with it",
        "parens": "without parentheses; with them",
    }[shape]
    return f"When you call {tool}, pass {argument} {how} it answers {said}."


def _of_recovery(fix: Fix, tool: str, argument: str, said: str) -> str:
    affix = f" {code(fix.tool)}" if fix.tool else ""
    then = {
        "sum_from_error": f"make the amounts in {argument} add up to the total it states",
        "number_from_error": f"use the number that it states for {argument}",
        "from_error": f"retry with one of the values that it offers for {argument}",
        "unquoted": f"pass {argument} without quotation marks",
        "prefixed": f"write {argument} with its prefix{affix}",
        "suffixed": f"write {argument} with its ending{affix}",
        "typed": f"pass {argument} as a value of its own type, not as text",
        "case": f"mind upper and lower case in {argument}",
        "punctuation": f"mind the punctuation of {argument}",
        "shortened": f"retry with a shorter {argument}",
        "extended": f"retry with a longer {argument} that holds the first one",
        "added": f"pass {argument} as well" + (f", as{affix}" if affix else ""),
        "removed": f"leave {argument} out",
    }[fix.value]
    return f"When {tool} answers {said}, {then}."


def _of_slot(fix: Fix, tool: str, template: str) -> str:
    if NAME_ERROR.search(template):
        return f"When you use {tool}, define or import {code(fix.value)} first: it is not there by itself."
    if fix.argument in {"text", "path", "callee"}:
        return f"When you call {tool}, mind {code(fix.value)}: it answers {saying(template)}."
    return (
        f"When you call {tool}, do not use {code(fix.value)} for {code(fix.argument)}:"
        f" it answers {saying(template)}."
    )
