"""What an answer says went wrong: its signature line, and the linter rules it names.

Everything found is a range of the text as it is stored, so that evidence can be sliced.
Patterns over whole answers run in linear time, whatever a hostile answer holds.
"""

import re
from collections.abc import Iterator

import msgspec
import re2

from reviews.dreams.mining.masking import plain

LONGEST_SIGNATURE = 300
_LINES_READ = 80
_TAIL_READ = 4_000
_DIAGNOSTICS_READ = 200

_UNINFORMATIVE = re.compile(
    r"^\s*(?:exit (?:code|status):?\s*\d+|traceback \(most recent call last\):?|[-=*_#~^.\s]+"
    r"|\[[\w:.-]+\]\s+(?:\$|error task failed)|\$ |\^|from \S+:\S+$|\* (?:\[new )?branch|"
    r"auto-merging|hint:|usage:|running\b|warning:|note:|info:|# |>+ |stderr:|stdout:|error:?$)",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"error|fatal|fail|cannot|can't|could not|couldn't|not |denied|invalid|unknown|undefined|"
    r"conflict|no such|missing|must|unable|exceed|refused|timed? ?out|expected|required|"
    r"unrecogni[sz]ed|forbidden|unauthori[sz]ed|does(?:n't)? not|already|too (?:many|long|large)",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit|Fault|Warning)\b"
)
_IN_JSON = re.compile(
    r'"(?:error|message|detail|error_message|reason)"\s*:\s*"((?:[^"\\]|\\.){3,400})"'
)
_WRAPPED = re.compile(r"^\s*<(?:tool_use_)?error>|</(?:tool_use_)?error>\s*$")
_FAILS = re.compile(
    r"^\s*(?:<(?:tool_use_)?error>|\W{0,3}(?:error|fatal|exception)\b\s*[:!]"
    r"|traceback \(most recent call last\)|(?:\w+\.)*[A-Z]\w*(?:Error|Exception):"
    r'|\{\s*"(?:error|errors)"\s*:\s*(?!\s|null|false|""|\[\]|\{\})'
    r"|exit (?:code|status):? [1-9]|command failed|http/?\S* [45]\d\d\b)",
    re.IGNORECASE,
)
_TRANSIENT = re.compile(
    r"time[sd]?[ -]?out|timed out|\b(?:429|500|502|503|504)\b|rate.?limit|too many requests|"
    r"temporar\w+|try again|connection (?:reset|refused|aborted|closed)|service unavailable|"
    r"unreachable|overloaded|bad gateway|deadline exceeded|econn\w+|network error|"
    r"internal server error|could not resolve host",
    re.IGNORECASE,
)
_RAISING_CALL = re.compile(
    r"^[ \t]+(?:\w+\s*=\s*)?(?:await |return )?([\w.]{3,60})\(", re.MULTILINE
)

# path:line:col: message (rule) · CODE message · error: message [rule] · error TS1: message
_DIAGNOSTIC = re2.compile(
    r"(?m)^(?:"
    r"\s*[^\s:()]+\.\w+:\d+(?::\d+)?:?[ \t]+(?:error:|warning:)?[ \t]*(?P<m1>[^\n]{3,300}?)"
    r"[ \t]+[\[(](?P<r1>[a-z][\w/@.-]{2,40})[\])][ \t]*$"
    r"|[^\s:()]+\.\w+:\d+(?::\d+)?:[ \t]+(?P<r2>[A-Z]{1,5}\d{2,5})\b[: ]+(?P<m2>[^\n]{3,300})$"
    r"|[^\s:]+\.\w+\(\d+,\d+\):[ \t]+error[ \t]+(?P<r3>TS\d+):[ \t]+(?P<m3>[^\n]{3,300})$"
    r"|[ \t]+\d+:\d+[ \t]+error[ \t]+(?P<m4>[^\n]{3,300}?)[ \t]{2,}(?P<r4>[\w@/-]{3,60})[ \t]*$"
    r")"
)
_CODE = re.compile(r"^([A-Z]{1,5}\d{2,5}): (.*)$", re.DOTALL)


class Finding(msgspec.Struct, frozen=True):
    """One linter rule in one answer: where its line stands and what it says."""

    rule: str
    message: str
    start: int
    end: int


def looks_failed(text: str) -> bool:
    """Tell by its beginning whether an answer without an error flag reports a failure."""
    return _FAILS.match(text[:160]) is not None


def is_transient(line: str) -> bool:
    """Whether a failure is weather: it passes by itself."""
    return _TRANSIENT.search(line) is not None


def signature(text: str) -> tuple[int, int]:
    """The range of the line that says what went wrong."""
    if "Traceback (most recent call last)" in text:
        raised = _raised(text)
        if raised:
            return _trimmed(text, *raised)
    if text.lstrip()[:1] in "{[":
        said = _IN_JSON.search(text[:_TAIL_READ])
        if said:
            return _trimmed(text, said.start(1), said.end(1))
    return _informative(text)


def raising_call(text: str) -> str:
    """The function that the last frame of a traceback called, unless it constructs one."""
    if "Traceback (most recent call last)" not in text:
        return ""
    names = _RAISING_CALL.findall(text[-_TAIL_READ:])
    return names[-1] if names and not names[-1].endswith(("Error", "Exception")) else ""


def findings(text: str) -> Iterator[Finding]:
    """Each linter rule that an answer names, at its first place, in order."""
    seen: set[str] = set()
    if ":" not in text:
        return
    for count, found in enumerate(_DIAGNOSTIC.finditer(text)):
        if count >= _DIAGNOSTICS_READ:
            return
        rule, message = _rule_and_message(found)
        if rule not in seen:
            seen.add(rule)
            start, end = _trimmed(text, found.start(), found.end())
            yield Finding(rule, message, start, end)


def _rule_and_message(found: "re.Match[str]") -> tuple[str, str]:
    groups = found.groupdict()
    number = next(n for n in "1234" if groups[f"r{n}"])
    rule, message = groups[f"r{number}"], groups[f"m{number}"].strip()
    code = _CODE.match(message)  # gosec and friends put their code before the message
    return (f"{rule} {code[1]}", code[2]) if code else (rule, message)


def _raised(text: str) -> tuple[int, int] | None:
    """The last line that names an exception."""
    end = len(text)
    while end > len(text) - _TAIL_READ and end > 0:
        start = text.rfind("\n", 0, end) + 1
        if _EXCEPTION.match(text[start : min(end, start + LONGEST_SIGNATURE)]):
            return start, end
        end = start - 1
    return None


def _informative(text: str) -> tuple[int, int]:
    first: tuple[int, int] | None = None
    start = 0
    for _ in range(_LINES_READ):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = plain(text[start : min(end, start + 2 * LONGEST_SIGNATURE)])
        if line.strip() and not _UNINFORMATIVE.match(line):
            if _CUE.search(line):
                return _trimmed(text, start, end)
            first = first or (start, end)
        if end == len(text):
            break
        start = end + 1
    return _trimmed(text, *(first or (0, len(text))))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    opening = _WRAPPED.match(piece)
    start += opening.end() if opening else len(piece) - len(piece.lstrip())
    piece = text[start:end]
    closing = _WRAPPED.search(piece)
    end = start + (closing.start() if closing else len(piece.rstrip()))
    return start, max(start, min(end, start + LONGEST_SIGNATURE))
