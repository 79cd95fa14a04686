"""What thinks for a dream: one protocol, one module per engine.

``evaluate`` maps one trace to one digest and is pure; ``reduce`` folds digests in any
order into a state; ``propose`` turns the state into drafts and refusals. Nothing here
touches the database: the pipeline stores digests and slices the quotes.

An engine that asks a model, or another machine, has ``consider`` besides: it may be cut off
at any point by ``Waiting`` and is begun again from the start, and what it asked before is
answered at once then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec
import pydantic

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
    # Number of the version that worded it; 0 where that is not known.
    since: int = 0


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """How a person decided on what an engine had proposed."""

    kind: str
    approved: bool
    # What the engine had thought of it.
    confidence: float


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the store believes now: version number, texts by path, rules.

    Also what it believed while the runs were made and not any more, and how people have
    decided before: newest last.
    """

    number: int
    texts: dict[str, str]
    rules: tuple[Rule, ...] = ()
    # The store's name: what runs say that they read.
    name: str = ""
    past: tuple[Rule, ...] = ()
    decided: tuple[Decided, ...] = ()


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


class Reflected(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong in one run, step by step, and what would have avoided it."""

    agent: str
    trace: str
    # Each with its step, what was wrong there, and what to do instead.
    items: tuple[dict[str, Any], ...]


class Confirmed(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A rule of the head that the runs bear out: nothing to decide, and good to know."""

    # The rule in its own words, where it stands, and what the head calls it.
    statement: str
    path: str
    rule: str
    # What bears it out, in a sentence.
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
    # Rules of the head that this window bears out.
    confirmed: tuple[Confirmed, ...] = ()
    # Sentences for the dream's page: what was asked, what was left out and why.
    notes: tuple[str, ...] = ()
    # What went wrong in single runs, with quotes that were held against their steps.
    reflections: tuple[Reflected, ...] = ()


class Engine(Protocol):
    """What a dream needs from an engine."""

    name: str
    version: str
    # "offline/4": what its digests and signals are filed under. Engines that evaluate
    # alike share them.
    evaluator: str

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


Purpose = Literal["facet", "judge", "curate", "doubt", "reflect", "act", "test"]
Tier = Literal["small", "middle", "strong"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to ask a model: no tools, one job, an answer in a given shape."""

    # Unique among what one dream asks, and the same when it asks again.
    name: str
    purpose: Purpose
    tier: Tier
    # The same for every question of its purpose: what may be cached.
    system: tuple[str, ...]
    user: str
    shape: type[pydantic.BaseModel]
    # Tokens.
    max_tokens: int = 4_000
    # The runs whose words are in it, by agent and external id: whoever erases one of them
    # takes the question and its answer along.
    runs: tuple[tuple[str, str], ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a question; without a value, the problem says why."""

    value: pydantic.BaseModel | None = None
    # end_turn, refusal, max_tokens, expired, error, over-budget, ...
    stop: str = ""
    problem: str = ""
    # US dollars; nothing for an answer that was known already.
    cost: Decimal = Decimal(0)


class Waiting(Exception):
    """The answers are not there yet; nobody need look before ``until``."""

    def __init__(
        self,
        until: datetime,
        what: str,
        *,
        since: datetime | None = None,
        ends: datetime | None = None,
    ) -> None:
        super().__init__(what)
        self.until = until
        # "14 of 60 answers are there": for the dream's page.
        self.what = what
        # Since when it is awaited, and when whoever awaits it gives it up.
        self.since, self.ends = since, ends


class Trouble(Waiting):
    """What came instead of an answer: tried again, and given up by the dream.

    Not before so many tries: machines of ours may have been off in between.
    """

    def __init__(
        self,
        until: datetime,
        what: str,
        *,
        about: str,
        tries: int,
        patience: timedelta,
    ) -> None:
        super().__init__(until, what)
        # What was asked: patience begins anew with another thing.
        self.about = about
        self.tries, self.patience = tries, patience


class Oracle(Protocol):
    """A model behind a budget."""

    def ask(self, questions: Sequence[Question]) -> dict[str, Answer]:
        """Every answer by the question's name, in one go; raises ``Waiting`` until then.

        What the budget does not allow is answered "over-budget", the last questions
        first; nothing is ever spent beyond it.
        """
        ...

    def estimate(self, questions: Sequence[Question]) -> Decimal:
        """What these would cost at most, in US dollars; known answers cost nothing."""
        ...

    def left(self) -> Decimal:
        """What this dream may still spend, by the tightest of its caps."""
        ...


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """What people turned down before, and why."""

    fingerprint: str
    text: str
    reason: str
    ground: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine that asks may look at, beside the state and the head."""

    # The dream's key: for engines that keep something about it.
    dream: int
    oracle: Oracle
    # The steps of one trace by agent and external id, as stored; () once it is erased.
    steps: Callable[[str, str], Sequence[Step]]
    rejected: tuple[Rejected, ...] = ()
    # (what the dream proposed, what a reviewer made of it): wordings that people prefer.
    preferred: tuple[tuple[str, str], ...] = ()
    # Fingerprints whose proposal waits or was applied: no new words are needed for them.
    settled: frozenset[str] = frozenset()
    # (fingerprint, what it is about) of what single runs have taught before, so that the
    # same thing in other words is known again.
    lessons: tuple[tuple[str, str], ...] = ()
    # Runs by agent and external id that went badly though nothing failed: people
    # corrected the agent, or it gave up.
    troubled: Callable[[], frozenset[tuple[str, str]]] = frozenset


@runtime_checkable
class Asks(Protocol):
    """An engine that asks a model or another machine before it proposes."""

    def consider(
        self, state: Any, head: Head, settings: Mapping[str, Any], context: Context
    ) -> Outcome:
        """As ``propose``; may raise ``Waiting`` and is called again then."""
        ...
