"""A draft: what an engine, a person or a script asks for, before it is a proposal.

Pure values. Every engine makes the same shape, so pages, policies and tests know one.
"""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec

from reviews.traces.steps import Provenance

OperationKind = Literal["add", "edit", "delete", "rename"]
Family = Literal["mistake", "workflow", "preference", "hygiene", "manual"]
Scope = Literal["store", "team", "agent", "person"]
Stance = Literal["for", "against"]


class Quote(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A piece of a step, by exact offsets (code points into the stored text).

    ``text`` is sliced from the stored step by code, never written by an engine;
    ``sha256`` (hex, of the UTF-8 text) is what the engine saw, and must agree.
    """

    agent: str
    trace: str
    step: int
    start: int
    end: int
    sha256: str
    stance: Stance = "for"
    text: str = ""
    person: str = ""
    provenance: Provenance = "agent"
    tool: str = ""
    # Which operation of the draft it speaks for.
    operation: int = 0


class DraftOperation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One change to one rule or memory."""

    kind: OperationKind
    path: str
    # Where a new rule goes: the headings above it, outermost first; () = top of the file.
    heading: tuple[str, ...] = ()
    # Marks (memory.places) of the rules it stands behind there, nearest first; () = the end.
    behind: tuple[str, ...] = ()
    # The rule that is edited or deleted, as the head's revision names it.
    rule: str = ""
    before: str = ""
    after: str = ""
    new_path: str = ""


class Draft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing to decide, with everything that a reviewer is shown about it."""

    # Stable across dreams and stores: without counts and without wording.
    fingerprint: str
    family: Family
    kind: str
    # One plain sentence: the rule in words, for lists.
    title: str
    operations: tuple[DraftOperation, ...]
    quotes: tuple[Quote, ...] = ()
    scope: Scope = "store"
    scope_of: str = ""
    # "9 of 41 runs without it failed, 2 of 60 with it": recomputed by code.
    because: str = ""
    # Integer and float facts by name: runs, groups, people, agents, opportunities,
    # against, base_rate, ...
    counts: dict[str, float] = msgspec.field(default_factory=dict)
    confidence: float = 0.5
    impact: float = 0.0
    flags: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    # Hashes of the independent groups that support it: the evidence watermark, by which
    # a rejected pattern is known to have new evidence or not.
    groups: tuple[str, ...] = ()
    # Hashes of the people among them.
    people: tuple[str, ...] = ()
    # Machine-readable predicate, for counterfactual and effect.
    trigger: dict[str, str] = msgspec.field(default_factory=dict)
    engine: str = ""
    engine_version: str = ""


def by_hand(
    operations: Sequence[DraftOperation], *, title: str = "", because: str = ""
) -> Draft:
    """The draft of an edit by hand: every one is its own, so each is known by chance."""
    return Draft(
        fingerprint=hashlib.sha256(uuid.uuid4().bytes).hexdigest(),
        family="manual",
        kind="manual",
        title=title,
        operations=tuple(operations),
        because=because,
    )
