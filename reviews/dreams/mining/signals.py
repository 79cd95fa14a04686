"""Signals: what a trace's page says about single steps, and what they mean.

Text from outside that gives orders or hides itself is a signal and nothing else: it is
shown to people, and no rule is ever learnt from it.
"""

import re
from collections.abc import Iterator, Sequence

import re2

from reviews.dreams.engines import SignalValue
from reviews.proposals import telltales
from reviews.traces.steps import Step

KINDS = {
    "error": "The tool answered with an error.",
    "check": "A linter rule was broken.",
    "loop": "The same call was made again and again, with the same answer.",
    "blind-retry": "The call had failed and was repeated unchanged.",
    "unheard-value": "A value was used that nobody had mentioned.",
    "stop": "A person stopped the call.",
    "obsolete": "A person said that something is no more.",
    "wish": "A person asked for something to be done so from now on.",
    "correction": "A person said that it was wrong.",
    "fault": "A person found a fault that is often found.",
    "made-up": "The agent went on with values that it had made up or assumed.",
    "unbacked": "The agent said that it had looked; no call is recorded for it.",
    "went-without": "The agent could not get at something and assumed it instead.",
    "rephrase": "A person said again what they had said before.",
    "undo": "A person took back what the agent had done.",
    "injection": "Text from outside gives orders to a model.",
    "invisible": "Text from outside holds characters that nobody can see.",
}

_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\U000e0000-\U000e007f]"
)
# Found all nine kinds of planted orders, and nothing in 5,000 real answers.
_ORDERING = (
    r"(?i)(?:ignore|disregard|forget) (?:all |any |the |your |my )*"
    r"(?:previous|prior|above|earlier|preceding)? ?(?:instructions|prompts?|rules|guidelines)"
    r"|you are now (?:a|an|in) "
    r"|(?:attention|note|message|important)[ ,:]+(?:to |for )?(?:all |any |the )?(?:\w+ )?"
    r"(?:ai|assistants?|agents?|llms?|language models?)\b[^.\n]{0,3}:"
    r"|(?:do not|don't|never) (?:tell|inform|mention this)(?: to)? ?(?:the user|message)?"
    r"|new system prompt|<\|im_start\|>|\[INST\]|dear (?:ai|assistant|agent)\b"
    r"|if you are an? (?:ai|llm|language model|assistant)\b"
    r"|(?:ai|automated|language model) (?:agents?|assistants?|clients?)\b[^.\n]{0,20}"
    r"(?:must|always|never)\b"
    r"|\b(?:assistants?|agents?) must (?:always|never|register|send|add|call)\b"
    r"|(?:update|save (?:this )?(?:to|in)|write (?:this|it) (?:to|into)|"
    r"add (?:this )?(?:step )?to) (?:your|their) memory"
    r"|remember this (?:preference|rule|for (?:all|every|future))|standing rule"
    r"|you must (?:disable|ignore|bypass|skip)\b"
)
_ORDERS = re2.compile(_ORDERING)
# Either: what one look at a whole run rules out.
_SUSPICIOUS = re2.compile(f"{_ORDERING}|{_INVISIBLE.pattern}")


# Whatever the telltale finds in ASCII this finds as well, a hundred times faster: the same
# expression without what it looks ahead for.
_MAYBE = re2.compile(
    "(?i)" + re.sub(r"\(\?[!=][^()]*\)", "", telltales.INSTRUCTION.pattern)
)


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model as if it had a say."""
    if _ORDERS.search(text):
        return True
    if text.isascii() and not _MAYBE.search(text):
        return False
    return telltales.INSTRUCTION.search(text) is not None


def suspicions(steps: Sequence[Step]) -> Iterator[SignalValue]:
    """Text from outside that gives orders or hides itself: shown, never learnt from."""
    told = [step for step in steps if step.actor == "tool" and step.text]
    # Nearly no run holds any of it.
    whole = "\n".join(step.text for step in told)
    for step in told if _SUSPICIOUS.search(whole) else ():
        found = _ORDERS.search(step.text)
        if found:
            yield SignalValue(
                kind="injection", key="orders-to-a-model", step=step.index,
                start=found.start(), end=found.end(),
            )  # fmt: skip
        hidden = None if step.text.isascii() else _INVISIBLE.search(step.text)
        if hidden:
            yield SignalValue(
                kind="invisible", key="invisible-characters", step=step.index,
                start=hidden.start(), end=hidden.end(),
            )  # fmt: skip
