"""What words give away: orders to a model, secrets, acts that cannot be undone.

Each telltale is an expression over the plain words of a rule. It finds too much rather
than too little: a flag asks people to look, it decides nothing.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from reviews.memory import oddities, shifts


class Found(NamedTuple):
    """Words of a text that earn it a flag: where they stand, from and to."""

    flag: str
    start: int
    end: int


INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}"
    r"\b(?:instruction|prompt|rule|guideline|polic|above|previous|prior)"
    r"|\bsystem prompt\b|\byou are now\b|\bnew instructions?\b|\bjailbreak\b"
    r"|\b(?:do not|don't|never)\s+(?:tell|inform|mention (?:this|it) to|alert)\b"
    r"|\b(?:as|dear|attention)[ ,:]+(?:an? )?(?:ai|assistant|agent|language model)s?\b"
    r"|\b(?:send|forward|post|upload|e?-?mail|exfiltrate)\b[^.\n]{0,60}"
    r"(?:\bto\s+\S+@|https?://|\bpassword|\bcredential|\bapi[ _-]?key)"
    r"|\b(?:agents?|(?:the|an|this) (?:assistant|ai|model|llm))\s+"
    r"(?:must|should|shall|needs? to|ha(?:s|ve) to)\s+(?:\w+\s+)?"
    r"(?:call|run|execute|send|forward|transfer|approve|ignore|register|use|add|open|set"
    r"|verify|ask|skip|accept|trust|recommend|choose|click|book|obey|share|export|push)\b"
    r"|\b(?:note|todo|ps|hint|message|important|attention)\W{1,3}(?:for|to)?\W{0,2}"
    r"(?:the |all |any )?(?:ai|agents?|assistants?|bots?|llms?|models?)\b"
    r"|\brules? for (?:ai|agents?|assistants?|bots?|models?)\b"
    r"|\bwhen an? (?:ai|agent|assistant|bot|model) reads\b"
    r"|\b(?:previous|earlier|original) user (?:instruction|message|request)s?\b"
    r"|[\"']verdict[\"']\s*:\s*[\"']"
    r"|\b(?:to|into|in|for) (?:your|its) (?:playbook|long-term memory|memory)\b"
    r"|\bstored? as a (?:preference|rule)\b|\bthe user said\s*:|\brule candidate\b"
    r"|(?:^|[.!?]\s*|\")SYSTEM:"
    r"|<\/?(?:system|instructions?|assistant|user|human|developer|important|data|cards?"
    r"|script|iframe|tool_result|tool_call)\b(?!-)|\bjavascript:"
    r"|(?:^|[\n\"])\s*(?:system|assistant|human|user|developer)\s*:"
    r"|\[/?INST\]|<\|"
    r"|\b(?:remember|memori[sz]e|save|note to (?:self|memory)|add (?:this )?to (?:your )?"
    r"memory)\b[^.\n]{0,40}\b(?:always|never|from now on|rule|forever|future|memory)\b",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_\w{20,}|\bsk-[A-Za-z0-9_-]{16,}|\bxox[abpr]-[A-Za-z0-9-]{10,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|\bAIza[\w-]{30,}|\bglpat-[\w-]{16,}"
    r"|\b(?:password|passwd|secret|token|api[_-]?key)\b['\"]?\s*[:=]\s*['\"]?[^\s'\"\u2039]{6,}"
    r"|\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@]{1,80}:[^\s/@]{1,80}@",
    re.IGNORECASE,
)
PERSONAL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.\w|(?:/home|/Users)/[^\s/`'\"]+"
    r"|\b[A-Z]:\\Users\\[^\s\\`'\"]+"
)
ADDRESS = re.compile(
    r"\bhttps?://[^\s)>\"'`]+|\bwww\.[\w-]+\.[^\s)>\"'`]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.\w[\w.-]*|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
WIDENING = re.compile(
    r"\bwithout (?:asking|confirm\w*|approval|checking|review\w*|verif\w*)"
    r"|\b(?:skip|bypass|disable|circumvent|turn off)\b|--no-verify\b|--force\b|\bsudo\b"
    r"|\balways (?:allow|approve|accept|grant|trust)\b|\bauto-?approve\b"
    r"|\b(?:no|don't|do not) need to (?:ask|check|confirm|verify)\b"
    r"|\bnever report\b|\bnever (?:ask|verify|confirm)\s+(?:me|again|anybody|first|before|identit"
    r"|the users?|for (?:approval|confirmation|permission))\b"
    r"|\bchmod 777\b|\bverify\s*=\s*false\b|\bignore (?:the )?(?:error|warning|check)s?\b",
    re.IGNORECASE,
)
DESTRUCTIVE = re.compile(
    r"\brm\s+-\w*[rf]\w*|\b(?:drop|truncate)\s+(?:table|database|schema)\b"
    r"|\bgit\s+(?:reset\s+--hard|clean\s+-\w*f|push\s+(?:-f|--force))\b"
    r"|\b(?:delete|erase|wipe|destroy|purge)\b\s+(?:all|every|the (?:data|database|account|"
    r"repository|branch)|database|account|repositor|production)"
    r"|\bterraform destroy\b|\bkubectl delete\b|\bmkfs\b",
    re.IGNORECASE,
)
# Letters that read as others, or as nothing at all before something turns them back.
DISGUISED = re.compile(
    "[\uff01-\uff5e]{3,}|[\U0001d400-\U0001d7ff]{3,}"
    r"|(?<![\w+/])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*\d)"
    r"(?:[A-Za-z0-9+/]{4}){5,}={0,2}(?![\w+/])"
    r"|(?:%[0-9A-Fa-f]{2}){4,}|(?:&#x?[0-9A-Fa-f]{2,6};){2,}|(?:\\u[0-9A-Fa-f]{4}){3,}"
    r"|(?<!\w)(?:\w[ ._-]{1,2}){6,}\w(?!\w)"
    r"|(?:\b[A-Za-z]*[A-Za-z][0134578][A-Za-z]\w*\b[^\n]{0,40}?){3}"
    r"|<!--(?!\s*[\w-]+:(?:start|end))|</?(?:a|b|p|i|u|div|span|img|iframe|script|style|meta"
    r"|title|details|summary|noscript|svg|form|input|body|html|h[1-6]|table|tr|td|link"
    r"|object|embed|font|base)(?:\s[^<>\n]{0,200})?/?>"
    r"|!\[[^\]\n]{0,200}\]\(|\bdata:[a-z]+\/"
)
# Acts on money, not amounts: how to write a price is no risk.
MONEY = re.compile(
    r"\b(?:refund|reimburse|compensat|discount|pay ?out|pay(?:s|ing)?\b(?! attention)"
    r"|charge(?:s|d)?\b|charging|credit(?:s|ed|ing)?\b(?! card)|waiv|transfer\w* (?:money|funds)"
    r"|wire (?:money|funds)|write[- ]off|chargeback|payment|invoice (?:him|her|them|the))\w*",
    re.IGNORECASE,
)
PERMISSIONS = re.compile(
    r"\b(?:permission|privilege|admin(?:istrator)? (?:right|access|role|account)|root access"
    r"|(?:grant|give|revoke|widen|extend)\w*\s+(?:\w+\s+){0,3}(?:access|right|role|permission)"
    r"|access (?:right|control|level|token)|impersonat|log ?in as|on behalf of)\w*",
    re.IGNORECASE,
)
ON_WORDS = {
    "instruction-like": INSTRUCTION,
    "secret": SECRET,
    "personal-data": PERSONAL,
    "widening": WIDENING,
    "destructive": DESTRUCTIVE,
    "money": MONEY,
    "permissions": PERMISSIONS,
    "disguised": DISGUISED,
}
# A name in backticks is a tool's, and says nothing about what may be done.
_BARE = frozenset({"money", "permissions", "disguised"})
_CODE = re.compile(r"```[\s\S]*?```|`[^`\n]*`")
# What binds: with less of it than before, more is left open.
_BINDING = re.compile(
    r"\b(?:always|never|must(?: not|n't)?|shall(?: not)?|required?|only|every|do not|don't"
    r"|may not|cannot|without exception|mandatory)\b",
    re.IGNORECASE,
)


def found(text: str, before: str = "") -> list[Found]:
    """The words that earn a flag, beyond what ``before`` said already, in order."""
    rows = [one for name in ON_WORDS for one in _new(name, text, before)]
    rows += [*_hidden(text, before), *_weakened(text, before)]
    return sorted(rows, key=lambda one: one.start)


def matches(pattern: re.Pattern[str], text: str) -> set[str]:
    """What an expression finds in a text, without regard to capitals."""
    return {match.group().casefold() for match in pattern.finditer(text)}


def _new(name: str, text: str, before: str) -> Iterator[Found]:
    pattern = ON_WORDS[name]
    if name in _BARE:
        text, before = _without_code(text), _without_code(before)
    known = matches(pattern, before)
    for match in pattern.finditer(text):
        if match.group().casefold() not in known:
            yield Found(name, *match.span())


def _hidden(text: str, before: str) -> Iterator[Found]:
    """What nobody can see, as the diff names it: not the joiners that a script needs."""
    for odd in oddities.beyond(oddities.find(text), before):
        if odd.kind in oddities.HIDDEN:
            yield Found("invisible-characters", odd.start, odd.end)
        elif odd.kind in oddities.GRAVE:
            yield Found("disguised", odd.start, odd.end)


def _weakened(text: str, before: str) -> Iterator[Found]:
    """Where an edit leaves open what had been binding: always, must → usually, should."""
    if not (before and text):
        return
    turned = [one for one in shifts.find(before, text) if one.weakens]
    for shift in turned:
        yield Found("weakens", *(shift.new_range or (0, len(text))))
    if not turned and _count(_BINDING, text) < _count(_BINDING, before):
        yield Found("weakens", 0, len(text))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(_without_code(text)))


def _without_code(text: str) -> str:
    """The same text with blanks where names of tools stood: places stay what they are."""
    return _CODE.sub(lambda match: " " * len(match.group()), text)
