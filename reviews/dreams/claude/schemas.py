"""The shapes of a model's answers: every field required, "" or [] for nothing.

The server takes no bounds and no recursion; what has bounds is held to them by code. No
shape has a place for a count.
"""

from typing import Literal

import pydantic

Failure = Literal[
    "disobeyed-task", "disobeyed-role", "repeated-steps", "lost-history",
    "missed-the-end", "restarted", "did-not-ask", "derailed", "withheld",
    "ignored-input", "said-one-did-another", "ended-early", "did-not-verify",
    "verified-wrongly", "none",
]  # fmt: skip
Verdict = Literal[
    "rule", "split", "not-worth-it", "transient", "instance-specific", "suspicious"
]


class Shape(pydantic.BaseModel):
    """What all answers have in common: nothing beside what was asked for."""

    model_config = pydantic.ConfigDict(extra="forbid")


class Cited(Shape):
    """A quote as a model gives it; code looks for it in the step."""

    trace: str
    step: int
    text: str


class Facet(Shape):
    """What one run was about, where it went wrong, and what it teaches."""

    asked: str
    failure: Failure
    decisive_step: int
    lesson: str
    instance_specific: bool
    quotes: list[Cited]
    suspicious: list[Cited]


class Judgement(Shape):
    """Whether a pattern is one thing worth a rule, and the rule in words."""

    pattern_id: str
    verdict: Verdict
    split_by: list[str]
    rule: str
    alternative: str
    when_not: str
    scope: Literal["person", "agent", "team", "store"]
    support_quotes: list[Cited]
    counter_quotes: list[Cited]
    reason: str


class Delta(Shape):
    """What one draft becomes in a memory: an operation on named items, never a file."""

    draft_id: str
    op: Literal["add", "edit", "merge", "delete", "confirm", "none"]
    item_ids: list[str]
    text: str
    section: str
    reason: str


class Deltas(Shape):
    """One delta per draft."""

    deltas: list[Delta]


class Doubt(Shape):
    """The strongest reason against a rule, and whether it holds."""

    draft_id: str
    verdict: Literal["supported", "overreach", "unsafe"]
    objection: str
    quotes: list[Cited]


class Mistake(Shape):
    """One thing that went wrong in a run, and what would have avoided it."""

    step: int
    wrong: str
    instead: str
    quote: str


class Reflection(Shape):
    """What went wrong in a run, most decisive first."""

    mistakes: list[Mistake]


class Act(Shape):
    """What an agent would do next: a call, or something said."""

    kind: Literal["call", "say", "stop"]
    tool: str
    # As JSON, since tools' arguments have no shape in common.
    arguments: str
    text: str


class Sentence(Shape):
    """Whether what an agent would do avoids a known failure."""

    verdict: Literal["avoids", "fails", "unclear"]
    reason: str
