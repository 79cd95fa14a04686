"""The words of a rule: when, then what. Counts stay outside, so that they never age in memory.

Nothing of one instance may be in them: placeholders stand where names and numbers were, and
what a tool said is between quotation marks.
"""

import re
from collections.abc import Sequence

from reviews.dreams.mining.fixes import NAME_ERROR, Fix
from reviews.dreams.mining.masking import unquoted

LONGEST = 60  # words
_LONGEST_SAYING = 24  # words of a tool
_LEAD_IN = re.compile(
    # "No" and "wait" only with a comma: without one they are what is said.
    r"^(?:(?:oh|ok(?:ay)?|please|hmm+|hey|but|and|so|well|actually)[ ,.!]+"
    r"|(?:no|wait)[,.!]+ *)",
    re.IGNORECASE,
)


_FORMS = {
    "precondition": "When you call {tool}, call {other} successfully before it;"
    " otherwise it answers {said}.",
    "same-item": "When you call {tool} on something, call {other} on the same thing first;"
    " otherwise it answers {said}.",
    "order": "When several changes are due on one item, do {other} last:"
    " after it {tools} refused with {said}.",
    "invented": "When you call {tool}, take {argument} from an earlier result or from the"
    " person{through}; never invent one.",
    "missing": "When you call {tool}, always pass {argument}; without it it answers {said}.",
    "value": "When you call {tool}, do not use {value} for {argument}: it answers {said}.",
    "between": "When {tool} answers {said}, call {other} before you try again.",
    "constraint": "When you are about to call {tool}, check what it demands; it refuses"
    " otherwise: {said}.",
}
_SHAPES = {
    "quoted": "without quotation marks; with them",
    "hash": "without a leading #; with it",
    "parens": "without parentheses; with them",
}
_WAYS_OUT = {
    "sum_from_error": "make the amounts in {argument} add up to the total it states",
    "number_from_error": "use the number that it states for {argument}",
    "from_error": "retry with one of the values that it offers for {argument}",
    "unquoted": "pass {argument} without quotation marks",
    "prefixed": "write {argument} with its prefix{affix}",
    "suffixed": "write {argument} with its ending{affix}",
    "typed": "pass {argument} as a value of its own type, not as text",
    "case": "mind upper and lower case in {argument}",
    "punctuation": "mind the punctuation of {argument}",
    "shortened": "retry with a shorter {argument}",
    "extended": "retry with a longer {argument} that holds the first one",
    "added": "pass {argument} as well{choice}",
    "removed": "leave {argument} out",
}


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
    words = {
        "tool": both(tools, "or"),
        "tools": f"{both(tools)} {'are' if len(tools) > 1 else 'is'}",
        "said": saying(template),
        "argument": code(fix.argument),
        "value": code(fix.value),
        "other": code(fix.tool),
        "through": f" ({code(fix.through)} can find it)" if fix.through else "",
        "affix": f" {code(fix.tool)}" if fix.tool else "",
        "choice": f", as {code(fix.tool)}" if fix.tool else "",
    }
    form = _FORMS.get(fix.kind)
    if fix.kind == "shape":
        form = f"When you call {{tool}}, pass {{argument}} {_SHAPES[fix.value]} it answers {{said}}."
    elif fix.kind == "recovery":
        form = f"When {{tool}} answers {{said}}, {_WAYS_OUT[fix.value]}."
    elif fix.kind == "slot":
        form = _form_of_slot(fix, template)
    return (form or _FORMS["constraint"]).format(**words)


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


def of_procedure(
    anchor: str, levels: Sequence[Sequence[str]], followers: Sequence[str]
) -> str:
    """The rule about what comes before a call, and what after it."""
    steps = [
        f"{named(level)} (in any order)" if len(level) > 1 else code(level[0])
        for level in levels
    ]
    first = f"first {steps[0]}" + "".join(f", then {step}" for step in steps[1:])
    after = f"; afterwards {named(followers)}" if followers else ""
    return f"When you are about to call {code(anchor)}, call {first}{after}."


def named(names: Sequence[str]) -> str:
    """Every name in a row."""
    shown = [code(name) for name in names]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def of_loops(tools: Sequence[str]) -> str:
    """The rule about repeating a call."""
    return (
        "When a call has failed or brought nothing new, do not repeat it with the same arguments"
        f" (seen with {both(tools)}); change the input or take another route."
    )


def of_more_steps(anchor: str, steps: Sequence[str]) -> str:
    """What a rule about a procedure leaves out."""
    return f"Before {code(anchor)}, call {named(steps)} as well."


def of_more_tools(first: str, tools: Sequence[str]) -> str:
    """What a rule about an order leaves out."""
    are = "are" if len(tools) > 1 else "is"
    return f"After {code(first)}, {named(tools)} {are} refused as well."


def of_denial(name: str, tool: str) -> str:
    """The rule about denying what a tool could have told."""
    return (
        f"When you are about to say that you cannot get at {code(name)}, call {code(tool)}"
        " first: its answers hold it."
    )


def of_lookup(name: str, tool: str) -> str:
    """The rule about asking for what a tool could have told."""
    return (
        f"When the person does not have {code(name)}, call {code(tool)} with what they do"
        " have: its answers hold it. Do not insist on it."
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


def _form_of_slot(fix: Fix, template: str) -> str:
    if NAME_ERROR.search(template):
        return "When you use {tool}, define or import {value} first: it is not there by itself."
    if fix.argument in {"text", "callee"}:
        return "When you call {tool}, mind {value}: it answers {said}."
    return _FORMS["value"]
