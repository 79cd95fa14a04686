"""Names in a rule that somebody must have said: addresses, paths, commands, tools, arguments.

Pure. What only a tool or a web page has named, an attacker can have named; so each name
has to occur in what people or agents said and did, or in memory. Names are found too
often rather than too seldom: one that is known costs nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from reviews.proposals import telltales

# What every name of a trigger may say: they come from calls, made by code.
_CODED = (
    "tool",
    "tools",
    "anchor",
    "steps",
    "feature",
    "fix",
    "check",
    "remark",
    "lack",
)
_HOST = re.compile(
    r"\b(?:[a-z0-9-]{1,63}\.){1,6}(?:com|net|org|io|dev|app|ai|co|info|biz|xyz|ru|cn|me|sh"
    r"|to|cc|tk|top|site|online|example|test|local|internal|onion)\b",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<![\w/:.])(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]+)*/?|\b[A-Za-z]:\\[^\s`'\"]+"
    r"|(?<![\w/:.])[\w.-]+(?:/[\w.-]+){2,}"
)
# Outside backticks, only what nobody would take for a sentence: make, go and test are words.
_COMMAND = re.compile(
    r"\b(?:sudo|curl|wget|rm|chmod|chown|ncat|ssh|scp|rsync|crontab|mkfs)\s+[\w./@:+=~-]+"
    r"|\b(?:pip3?|npm|npx|yarn|pnpm|git|docker|kubectl|bash|zsh|powershell|python3?|cargo"
    r"|aws|gcloud|terraform|systemctl)\s+(?:-[\w-]+|install|push|reset|clean|run|exec|add"
    r"|publish|delete|apply|destroy|clone|commit|restart|[\w-]*[./][\w./-]+)"
)
_CODE = re.compile(r"`([^`\n]{1,200})`")
_PIECE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+(?:[A-Z][a-z0-9]+)+\b")
# What a rule quotes is told as data: only what could be followed counts in there.
_SAID = re.compile(r'"[^"\n]*"|“[^”\n]*”')
_WORD = re.compile(r"[\w.@:/+~\\-]*\w")
_PROGRAM = re.compile(r"[a-z][\w.+-]*(?:\s+\S+)+")


def named(text: str) -> set[str]:
    """Every name in a text, in small letters."""
    return {name.casefold() for name in _named(text)}


def unheard(text: str, known: str, heard: Iterable[str]) -> list[str]:
    """The names of a text that neither memory nor anybody heard has, in order.

    ``heard`` is looked at only while a name is still unknown, one text at a time: the
    words of a command have to stand in one of them together.
    """
    missing = {name for name in named(text) if not _says(known.casefold(), name)}
    for said in heard:
        if not missing:
            break
        folded = said.casefold()
        missing = {name for name in missing if not _says(folded, name)}
    return sorted(missing)


def coded(trigger: Mapping[str, str]) -> str:
    """What code read off calls, as one text; never what a tool's answer had in a slot."""
    told = [name for name in _CODED if not (name == "fix" and "slot" in trigger)]
    return "\n".join(trigger[name] for name in told if trigger.get(name))


def _named(text: str) -> Iterator[str]:
    for pattern in (telltales.ADDRESS, _HOST, _PATH):
        for match in pattern.finditer(text):
            yield match.group().rstrip(".,;:!?")
    for match in _COMMAND.finditer(text):
        yield match.group()
    bare = _SAID.sub(" ", text)
    for match in _CODE.finditer(bare):
        name = match.group(1).strip()
        if any(letter.isalpha() for letter in name):
            yield name
    for match in _PIECE.finditer(_CODE.sub(" ", bare)):
        yield match.group()


def _says(text: str, name: str) -> bool:
    """Whether a text has a name as whole words, or all words of a command."""
    if _has(text, name):
        return True
    if not _PROGRAM.fullmatch(name):
        return False
    return all(_has(text, word) for word in _WORD.findall(name))


def _has(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not (_joins(before, name[0]) or _joins(after, name[-1])):
            return True
        at = text.find(name, at + 1)
    return False


def _joins(beside: str, edge: str) -> bool:
    """Whether a letter beside a name would make another name of it."""
    return (beside.isalnum() or beside == "_") and (edge.isalnum() or edge == "_")
