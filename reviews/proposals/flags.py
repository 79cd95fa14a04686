"""The screen: what a reviewer must know before reading a draft.

Whoever drafts (an engine, a person, an agent) is screened by the same code, on the words
that the draft would add. A flag never refuses anything by itself: it colours the proposal,
raises its risk, and the barred ones keep every policy from deciding.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from reviews.proposals.drafts import Draft, DraftOperation

Risk = Literal["medium", "high"]


class Flag(msgspec.Struct, frozen=True):
    """One thing the screen can say: in words, how grave, and whether it bars policies."""

    sentence: str
    risk: Risk = "medium"
    barred: bool = False


FLAGS: dict[str, Flag] = {
    "tool-only": Flag(
        "It carries words that only tools or web pages said; no person did.",
        "medium",
        True,
    ),
    "instruction-like": Flag("The text gives orders to a model.", "high", True),
    "invisible-characters": Flag(
        "The text holds characters that nobody can see.", "high", True
    ),
    "secret": Flag("The text looks as if it held a secret.", "high", True),
    "personal-data": Flag("The text names a mail address or a home folder.", "high"),
    "new-address": Flag(
        "A web or mail address appears that memory does not know.", "high"
    ),
    "widening": Flag("The text loosens a safeguard.", "high"),
    "destructive": Flag("The text names an act that cannot be undone.", "high"),
    "deletes": Flag("Words of memory go away.", "high"),
    "mass-change": Flag(
        "One dream would delete more than the store allows.", "high", True
    ),
    "no-evidence": Flag("Nothing in any trace is quoted for this.", "high"),
    "narrow-evidence": Flag("Few independent groups, or a single person, support it."),
    "broad-scope": Flag("The rule would reach further than its evidence."),
    "long": Flag("The text is longer than a rule should be."),
}
BARRED = frozenset(name for name, flag in FLAGS.items() if flag.barred)
LONGEST_RULE = 60  # words

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}"
    r"\b(?:instruction|prompt|rule|guideline|polic|above|previous|prior)"
    r"|\bsystem prompt\b|\byou are now\b|\bnew instructions?\b|\bjailbreak\b"
    r"|\b(?:do not|don't|never)\s+(?:tell|inform|mention (?:this|it) to|alert)\b"
    r"|\b(?:as|dear|attention)[ ,:]+(?:an? )?(?:ai|assistant|agent|language model)s?\b"
    r"|\b(?:send|forward|post|upload|e?-?mail|exfiltrate)\b[^.\n]{0,60}"
    r"(?:\bto\s+\S+@|https?://|\bpassword|\bcredential|\bapi[ _-]?key)"
    r"|\b(?:agents?|(?:the|an|this) (?:assistant|ai|model|llm))\s+"
    r"(?:must|should|shall|needs? to|ha(?:s|ve) to)\s+(?:\w+\s+)?"
    r"(?:call|run|execute|send|forward|transfer|approve|ignore|register|use|add|open)\b"
    r"|(?:^|[.!?]\s*|\")SYSTEM:"
    r"|<\/?(?:system|instructions?|assistant|important|script|iframe)\b|\bjavascript:"
    r"|\[/?INST\]|<\|"
    r"|\b(?:remember|memori[sz]e|save|note to (?:self|memory)|add (?:this )?to (?:your )?"
    r"memory)\b[^.\n]{0,40}\b(?:always|never|from now on|rule|forever|future|memory)\b",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_\w{20,}|\bsk-[A-Za-z0-9_-]{16,}|\bxox[abpr]-[A-Za-z0-9-]{10,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|\bAIza[\w-]{30,}|\bglpat-[\w-]{16,}"
    r"|\b(?:password|passwd|secret|token|api[_-]?key)\b['\"]?\s*[:=]\s*['\"]?[^\s'\"\u2039]{6,}"
    r"|\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@]{1,80}:[^\s/@]{1,80}@",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.\w|(?:/home|/Users)/[^\s/`'\"]+"
    r"|\b[A-Z]:\\Users\\[^\s\\`'\"]+"
)
_ADDRESS = re.compile(
    r"\bhttps?://[^\s)>\"'`]+|\bwww\.[\w-]+\.[^\s)>\"'`]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.\w[\w.-]*|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
_WIDENING = re.compile(
    r"\bwithout (?:asking|confirm\w*|approval|checking|review\w*|verif\w*)"
    r"|\b(?:skip|bypass|disable|circumvent|turn off)\b|--no-verify\b|--force\b|\bsudo\b"
    r"|\balways (?:allow|approve|accept|grant|trust)\b|\bauto-?approve\b"
    r"|\b(?:no|don't|do not) need to (?:ask|check|confirm|verify)\b"
    r"|\bchmod 777\b|\bverify\s*=\s*false\b|\bignore (?:the )?(?:error|warning|check)s?\b",
    re.IGNORECASE,
)
_DESTRUCTIVE = re.compile(
    r"\brm\s+-\w*[rf]\w*|\b(?:drop|truncate)\s+(?:table|database|schema)\b"
    r"|\bgit\s+(?:reset\s+--hard|clean\s+-\w*f|push\s+(?:-f|--force))\b"
    r"|\b(?:delete|erase|wipe|destroy|purge)\b\s+(?:all|every|the (?:data|database|account|"
    r"repository|branch)|database|account|repositor|production)"
    r"|\bterraform destroy\b|\bkubectl delete\b|\bmkfs\b",
    re.IGNORECASE,
)
_ON_WORDS = {
    "invisible-characters": _INVISIBLE,
    "instruction-like": _INSTRUCTION,
    "secret": _SECRET,
    "personal-data": _PERSONAL,
    "widening": _WIDENING,
    "destructive": _DESTRUCTIVE,
}


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
    return tuple(
        name
        for name, pattern in _ON_WORDS.items()
        if _matches(pattern, text) - _matches(pattern, before)
    )


def risk(flags: tuple[str, ...]) -> Literal["low", "medium", "high"]:
    """Say how grave a set of flags is; an unknown flag counts as high."""
    if not flags:
        return "low"
    graves = {FLAGS[name].risk if name in FLAGS else "high" for name in flags}
    return "high" if "high" in graves else "medium"


def _matches(pattern: re.Pattern[str], text: str) -> set[str]:
    return {found.group().casefold() for found in pattern.finditer(text)}


def _by_words(operation: DraftOperation, memory: str) -> Iterator[str]:
    yield from on_text(operation.after, operation.before)
    known = f"{memory}\n{operation.before}".casefold()
    if any(address not in known for address in _matches(_ADDRESS, operation.after)):
        yield "new-address"
    if len(operation.after.split()) > LONGEST_RULE:
        yield "long"
    if operation.kind == "delete" or (
        operation.kind == "edit" and len(operation.after) * 2 < len(operation.before)
    ):
        yield "deletes"


def _by_evidence(draft: Draft) -> Iterator[str]:
    voices = {quote.provenance for quote in draft.quotes if quote.stance == "for"}
    if draft.family == "manual":
        return
    if not voices:
        yield "no-evidence"
    elif voices <= {"tool", "web"}:
        yield "tool-only"
    people, groups = draft.counts.get("people", 0), draft.counts.get("groups", 0)
    if groups < 3 or people == 1:
        yield "narrow-evidence"
    reach = draft.counts.get("agents_seen", 0)
    if draft.scope in {"store", "team"} and (
        people == 1 or 0 < draft.counts.get("agents", 0) * 5 <= reach
    ):
        yield "broad-scope"
