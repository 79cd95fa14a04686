"""The screen: what a reviewer must know before reading a draft.

Whoever drafts (an engine, a person, an agent) is screened by the same code, on the words
that the draft would add. A flag never refuses anything by itself: it colours the proposal,
raises its risk, and the barred ones keep every policy from deciding.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec

from reviews.proposals import telltales
from reviews.proposals.drafts import Draft, DraftOperation
from reviews.traces import redaction

Risk = Literal["medium", "high"]


class Flag(msgspec.Struct, frozen=True):
    """One thing the screen can say: in words, how grave, and whether it bars policies.

    ``remedy`` is what to look at, or what would take the flag away.
    """

    word: str
    sentence: str
    remedy: str
    risk: Risk = "medium"
    barred: bool = False


# The table that a proposal's risk is read from: any high flag makes it high, any flag at
# all medium. docs/risk.md is written from it.
FLAGS: dict[str, Flag] = {
    "tool-only": Flag(
        "Only tools said it",
        "It carries words that only tools or web pages said; no person did.",
        "Check that it is told as what a tool answers, not as an order.",
        barred=True,
    ),
    "instruction-like": Flag(
        "Gives orders to a model",
        "The text gives orders to a model.",
        "Read the evidence: somebody may have planted it in what a tool answered.",
        "high",
        True,
    ),
    "invisible-characters": Flag(
        "Invisible characters",
        "The text holds characters that nobody can see.",
        "Edit them out; the diff shows each by name.",
        "high",
        True,
    ),
    "disguised": Flag(
        "Written to be misread",
        "Parts of the text are written so that they read as something else.",
        "Have it typed plainly; the diff names each look-alike.",
        "high",
        True,
    ),
    "secret": Flag(
        "Looks like a secret",
        "The text looks as if it held a secret.",
        "Edit it out: every agent of the store would read it.",
        "high",
        True,
    ),
    "personal-data": Flag(
        "Personal data",
        "The text names a mail address or a home folder.",
        "Word it without the person.",
        "high",
        True,
    ),
    "new-address": Flag(
        "New address",
        "A web or mail address appears that memory does not know.",
        "Open the evidence: who named this address?",
        "high",
        True,
    ),
    "new-name": Flag(
        "New name",
        "A command, a path or a tool appears that neither memory nor a run knows.",
        "Open the evidence: who named it?",
        "high",
        True,
    ),
    "widening": Flag(
        "Loosens a safeguard",
        "The text loosens a safeguard.",
        "Say where it may be loosened, or keep the safeguard.",
        "high",
        True,
    ),
    "weakens": Flag(
        "Weakens a rule",
        "What was binding becomes a matter of judgement.",
        "Compare the words before and after: must, always, never.",
    ),
    "destructive": Flag(
        "Cannot be undone",
        "The text names an act that cannot be undone.",
        "Ask for a confirmation in the rule.",
        "high",
        True,
    ),
    "money": Flag(
        "Moves money",
        "The text is about paying, charging or giving back.",
        "Check limits and who may do it.",
    ),
    "permissions": Flag(
        "Touches permissions",
        "The text is about who may do what.",
        "Check that nobody gains a right by it.",
    ),
    "deletes": Flag(
        "Deletes",
        "Words of memory go away.",
        "Read what goes, who approved it, and who read it last.",
        "high",
    ),
    "deletes-a-persons": Flag(
        "Deletes a person's words",
        "A person wrote or brought in what goes away.",
        "Ask whoever wrote it.",
        "high",
        True,
    ),
    "edits-a-persons": Flag(
        "Edits a person's words",
        "A person wrote or brought in what is changed.",
        "Compare with what they wrote, and ask them.",
    ),
    "numbers-changed": Flag(
        "Numbers change",
        "A number is another one than before.",
        "Check each number against its source.",
    ),
    "mass-change": Flag(
        "Many deletions",
        "One dream would delete more than the store allows.",
        "Decide them one by one.",
        "high",
        True,
    ),
    "contradicts": Flag(
        "Contradicts a rule",
        "A rule of the store says otherwise.",
        "Edit one of the two, so that agents are told one thing.",
    ),
    "near-duplicate": Flag(
        "Nearly said already",
        "A rule of the store says nearly the same.",
        "Edit that rule instead, or reject this as a duplicate.",
    ),
    "over-budget": Flag(
        "Over the token budget",
        "With it the store is larger than its token budget.",
        "Delete or shorten something first.",
        barred=True,
    ),
    "no-evidence": Flag(
        "No evidence",
        "Nothing in any trace is quoted for this.",
        "Ask whoever proposed it where it comes from.",
        "high",
    ),
    "verbatim": Flag(
        "Word for word",
        "It is what people said when they stopped a run, word for word.",
        "Put it so that it holds beyond those runs.",
        barred=True,
    ),
    "narrow-evidence": Flag(
        "Narrow evidence",
        "Few independent groups, or a single person, support it.",
        "See whether it holds for others too, or narrow its scope.",
    ),
    "broad-scope": Flag(
        "Broad scope",
        "The rule would reach further than its evidence.",
        "Ask for a narrower scope: one agent, or one person.",
    ),
    "unsafe": Flag(
        "Called unsafe",
        "A second reading by a model calls the rule unsafe.",
        "Read its objection beside the reasons, then the evidence.",
        "high",
        True,
    ),
    "overreach": Flag(
        "Said to go too far",
        "A second reading by a model finds that it says more than its evidence.",
        "Read its objection beside the reasons; narrow the rule.",
        barred=True,
    ),
    "not-doubted": Flag(
        "No second reading",
        "A model worded it, and nothing tried to refute it.",
        "Read the evidence as if nobody had before.",
        barred=True,
    ),
    "many-agents": Flag(
        "Many agents read it",
        "More than five agents read this store.",
        "Think of each of them, or narrow its scope.",
    ),
    "burst": Flag(
        "All at once",
        "Most of its evidence came within one hour, or from people seen first this week.",
        "Look at who they are, and whether they are independent.",
        barred=True,
    ),
    "collateral": Flag(
        "Bothers more than it helps",
        "It would have applied in more runs that went well than in runs that failed.",
        "Look at the runs that were fine, and narrow the rule.",
        barred=True,
    ),
    "unsupported": Flag(
        "No source",
        "It came without a source, and no run of ours shows why.",
        "Ask for its source, or look for runs that bear it out.",
        barred=True,
    ),
    "like-unsafe": Flag(
        "Like something unsafe",
        "People turned down something much like it as unsafe.",
        "Read why that was unsafe, then this.",
        "high",
        True,
    ),
    "returned": Flag(
        "Turned down before",
        "People said no to it before; there is new evidence.",
        "Read why it was turned down, then what is new.",
    ),
    "long": Flag(
        "Long",
        "The text is longer than a rule should be.",
        "Shorten it: agents read every word, every time.",
    ),
}
BARRED = frozenset(name for name, flag in FLAGS.items() if flag.barred)
LONGEST_RULE = 60  # words
_NUMBER = re.compile(r"\d[\d.,]{0,30}")


def screen(draft: Draft, memory: str = "") -> tuple[str, ...]:
    """Name every flag that the draft earns, in the order of ``FLAGS``.

    ``memory`` is what the store says already: an address in it is not new.
    """
    raised = {*draft.flags, *_by_evidence(draft)}
    for operation in draft.operations:
        raised.update(_by_words(operation, memory))
    return tuple(name for name in FLAGS if name in raised) + tuple(
        sorted(raised - FLAGS.keys())
    )


def on_text(text: str, before: str = "") -> tuple[str, ...]:
    """Name the flags that words alone earn, beyond those ``before`` had already."""
    raised = {one.flag for one in telltales.found(text, before)}
    if _secrets(text) - _secrets(before):
        raised.add("secret")
    return tuple(name for name in FLAGS if name in raised)


def risk(flags: tuple[str, ...]) -> Literal["low", "medium", "high"]:
    """Say how grave a set of flags is; an unknown flag counts as high."""
    if not flags:
        return "low"
    graves = {FLAGS[name].risk if name in FLAGS else "high" for name in flags}
    return "high" if "high" in graves else "medium"


def _by_words(operation: DraftOperation, memory: str) -> Iterator[str]:
    yield from on_text(operation.after, operation.before)
    known = f"{memory}\n{operation.before}".casefold()
    if any(
        address not in known
        for address in telltales.matches(telltales.ADDRESS, operation.after)
    ):
        yield "new-address"
    # Of a whole memory, what it grows by: the rest was there before.
    grown = len(operation.after.split())
    grown -= 0 if operation.rule else len(operation.before.split())
    if grown > LONGEST_RULE:
        yield "long"
    old, new = (_numbers(text) for text in (operation.before, operation.after))
    if operation.kind == "edit" and old - new and new - old:
        yield "numbers-changed"
    if operation.kind == "delete" or (
        operation.kind == "edit" and len(operation.after) * 2 < len(operation.before)
    ):
        yield "deletes"


def _secrets(text: str) -> Counter[str]:
    """The secrets in a text by kind, by the patterns that traces are cleared with."""
    found = Counter[str]()
    redaction.redact(text, found)
    return found


def _numbers(text: str) -> Counter[str]:
    return Counter(number.rstrip(".,") for number in _NUMBER.findall(text))


def _by_evidence(draft: Draft) -> Iterator[str]:
    voices = {quote.provenance for quote in draft.quotes if quote.stance == "for"}
    if draft.family == "manual":
        return
    if not voices and "unsupported" in draft.flags:
        return
    if not voices:
        yield "no-evidence"
    elif voices <= {"tool", "web"}:
        yield "tool-only"
    if draft.kind == "stop":
        yield "verbatim"
    people, groups = draft.counts.get("people", 0), draft.counts.get("groups", 0)
    if groups < 3 or people == 1:
        yield "narrow-evidence"
    reach = draft.counts.get("agents_seen", 0)
    if draft.scope in {"store", "team"} and (
        people == 1 or 0 < draft.counts.get("agents", 0) * 5 <= reach
    ):
        yield "broad-scope"
