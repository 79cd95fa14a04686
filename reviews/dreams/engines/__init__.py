"""What thinks for a dream: one protocol, one module per engine.

``evaluate`` maps one trace to one digest and is pure; ``reduce`` folds digests in any
order into a state; ``propose`` turns the state into drafts and refusals. Nothing here
touches the database: the pipeline stores digests and slices the quotes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from reviews.proposals.drafts import Draft
from reviews.traces.steps import Facts, Step


class SignalValue(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One judgement about one step, as the trace page shows it."""

    kind: str
    key: str
    step: int
    start: int = 0
    end: int = 0
    note: str = ""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What one trace came to: its compact digest, its signals, its coverage counts."""

    digest: bytes
    signals: tuple[SignalValue, ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the store's head, as an engine sees it."""

    id: str
    path: str
    heading: tuple[str, ...]
    text: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the store believes now: version number, texts by path, rules."""

    number: int
    texts: dict[str, str]
    rules: tuple[Rule, ...] = ()


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something seen and not proposed, with the reason a person can read."""

    statement: str
    # kebab-case: too-few-groups, one-person, transient, covered, generic, ...
    code: str
    reason: str
    family: str = "mistake"
    kind: str = ""
    fingerprint: str = ""
    counts: dict[str, float] = msgspec.field(default_factory=dict)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine made of a state."""

    drafts: tuple[Draft, ...]
    refused: tuple[Refusal, ...]
    # Share of calls with results, errors with a signature, runs rated, ...: facts by name.
    coverage: dict[str, float]


class Engine(Protocol):
    """What a dream needs from an engine."""

    name: str
    version: str

    def settings(self) -> dict[str, Any]:
        """Every threshold by name, to be frozen into the dream."""
        ...

    def evaluate(self, facts: Facts, steps: Sequence[Step]) -> Evaluation:
        """Digest one trace; pure, deterministic, no clock."""
        ...

    def reduce(self, digests: Iterable[bytes]) -> Any:
        """Fold digests, in any order, into a state; equal sets give equal states."""
        ...

    def propose(self, state: Any, head: Head, settings: Mapping[str, Any]) -> Outcome:
        """Drafts best first, placed in the head's memories, and what was refused."""
        ...
