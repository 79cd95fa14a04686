"""Masking and templates: what stays of an error line when its instance is taken out.

Masking is the whole of template mining. Placeholders are readable, since they end up in
the words of a rule, between single angle quotation marks: flight (id) not on (date).
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from rapidfuzz import fuzz

LEFT, RIGHT = "\u2039", "\u203a"
LONGEST_TEMPLATE = 200

_MASKS = re.compile(
    r"""
      (?P<url>\b[a-z][a-z0-9+.-]{1,11}://[^\s"'<>)\]]+)
    | (?P<mail>[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]*\w)
    | (?P<id_uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)
    | (?P<date>\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?
        (?:Z\b|[+-]\d{2}:?\d{2})?)
    | (?P<time>\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\b)
    | (?P<path>(?<![\w/])(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.@+-]+(?:[/\\][\w.@+-]*)*
        |(?<![\w/])[\w.@+-]+/(?:[\w.@+-]+/)*[\w@+-]+\.[a-z]\w{0,5}\b
        |(?<![\w/])[\w.@+-]+/[\w.@+-]+/[\w.@+/-]+)
    | (?P<text>"[^"\n]{0,300}"|(?<!\w)'[^'\n]{0,300}'(?!\w)|`[^`\n]{0,300}`)
    | (?P<list>\[[^\[\]\n]{1,300}\])
    | (?P<id_hex>\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]{0,40}\d)[0-9a-f]{7,64}\b)
    | (?P<number_unit>\b\d+(?:\.\d+)?(?:ms|s|[KMG]i?B|%)(?!\w))
    | (?P<id>\#?\b(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z_])\w[\w-]{1,63}\b|\#\d+\b)
    | (?P<number>[$€£]?\b\d+(?:[.,]\d+)*\b)
    """,
    re.VERBOSE,
)
_REPEATED = re.compile(
    r"(\u2039[^\u203a]+\u203a)(?:(?:, (?:and |or )?|; | and | or |,? )\1)+"
)
_SPACES = re.compile(r"\s+")
_ANSI = re.compile("\x1b\\[[0-9;?]*[A-Za-z]|\x1b\\][^\x07]*\x07?")
_LEADING = re.compile(
    r"^(?:(?:tool )?(?:error|fatal|failed|failure|exception)\s*[:!-]\s*)+",
    re.IGNORECASE,
)


class Template(msgspec.Struct, frozen=True):
    """An error line without its instance, and what was taken out, by kind."""

    text: str
    slots: tuple[tuple[str, str], ...] = ()


def plain(text: str) -> str:
    """The text without terminal colours; only for matching, never for quoting."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def mask(line: str, arguments: Mapping[str, str] | None = None) -> Template:
    """Take the instance out of a line.

    Values that the call itself passed are named after their argument: they are of this
    instance by construction, whatever they look like.
    """
    line = _LEADING.sub("", _SPACES.sub(" ", plain(line)).strip()) or line.strip()
    slots: list[tuple[str, str]] = []
    for name, value in _longest_first(arguments or {}):
        line, slot = take_out(line, name, value)
        slots.extend(slot)
    text = _MASKS.sub(lambda found: _placeholder(found, slots), line)
    text = _REPEATED.sub(r"\1", text)
    return Template(text[:LONGEST_TEMPLATE], tuple(slots[:6]))


def cluster(templates: Mapping[str, int], ratio: int) -> dict[str, str]:
    """Map every template to the leader it resembles; heavier ones lead.

    Deterministic whatever the order of the mapping: weight first, then text.
    """
    leaders: list[str] = []
    led: dict[str, str] = {}
    for template in sorted(templates, key=lambda text: (-templates[text], text)):
        leader = first_similar(template, leaders, ratio)
        if leader is None:
            leaders.append(template)
        led[template] = leader or template
    return led


def first_similar(template: str, leaders: Sequence[str], ratio: int) -> str | None:
    """The first leader that a template resembles well enough."""
    return next((one for one in leaders if fuzz.ratio(template, one) >= ratio), None)


def unquoted(template: str) -> str:
    """A template fit to stand within quotation marks."""
    return template.replace('"', "'").rstrip(" .:;,")


def _longest_first(arguments: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    usable = [
        (name, value) for name, value in arguments.items() if 3 <= len(value) <= 80
    ]
    return sorted(usable, key=lambda pair: (-len(pair[1]), pair[0]))


def take_out(line: str, name: str, value: str) -> tuple[str, list[tuple[str, str]]]:
    """A value replaced by its name wherever it stands alone, and whether it did."""
    parts, kept, at = [], 0, line.find(value)
    while at >= 0:
        end = at + len(value)
        if _ends(line[at - 1 : at], LEFT) and _ends(line[end : end + 1], RIGHT):
            parts.append(line[kept:at])
            kept = end
        at = line.find(value, max(kept, at + 1))
    if not kept:
        return line, []
    return f"{LEFT}{name}{RIGHT}".join([*parts, line[kept:]]), [(name, value)]


def _ends(beside: str, mark: str) -> bool:
    """Whether a word ends where this character, if any, stands beside it."""
    return not (beside.isalnum() or beside == "_" or beside == mark)


def _placeholder(found: re.Match[str], slots: list[tuple[str, str]]) -> str:
    kind = str(found.lastgroup).partition("_")[0]
    value = found.group()
    if LEFT in value:  # an argument within quotation marks or brackets
        return value
    slots.append((kind, value.strip("\"'`")))
    return f"{LEFT}{kind}{RIGHT}"
