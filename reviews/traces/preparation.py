"""What is stored of a record, worked out before a database is involved.

Checks it, takes secrets out, counts, compresses, and picks the words to search by.
"""

import hashlib
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec

from reviews.traces import bodies, redaction
from reviews.traces.bodies import Body
from reviews.traces.steps import Record, Step

# Limits of the columns, and of what a trace may be at all.
_LONGEST = {"external_id": 200, "format": 40, "person": 120, "model": 120}
_HEADLINE = 120
_TITLE, _TAG, _MOST_TAGS, _GROUP = 200, 80, 50, 64
_MOST_STEPS = 100_000
# What the text index sees of a trace, and of one step of it, in characters.
_EXTRACT, _EXTRACT_STEP = 64_000, 4_000
_TOO_LARGE = 256 << 20
# Of one step; the sum of all still fits into the column.
_MOST_TOKENS = (1 << 31) - 1
# How deep what is kept beside the steps may be nested.
_DEEPEST = 100
# Ids, numbers and quoted strings: openings that differ only there are one task.
_INSTANCE = re.compile(r"""["'`\u201c][^"'`\u201d\n]{1,200}["'`\u201d]|\S*\d\S*""")
_OPENING = 200


class Refused(ValueError):
    """A record that cannot be stored; ``field`` says where in it."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


class Prepared(msgspec.Struct):
    """A record as the tables want it."""

    record: Record
    steps: list[Step]
    started_at: datetime | None
    ended_at: datetime | None
    group: str
    redactions: dict[str, int]
    digest: str
    document: bytes
    size: int
    extract: str

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Steps, tool calls, errors and tokens."""
        calls = sum(step.kind == "tool_call" for step in self.steps)
        errors = sum(step.error or step.kind == "error" for step in self.steps)
        return len(self.steps), calls, errors, sum(step.tokens for step in self.steps)


def prepare(record: Record) -> Prepared:
    """Make a record ready to be stored, or refuse it with the place that is wrong."""
    _check(record)
    found: Counter[str] = Counter()
    record = _clean_names(record, found)
    steps = [_clean_step(step, found) for step in record.steps]
    extra = _clean(record.extra, found)
    record = msgspec.structs.replace(
        record,
        steps=steps,
        title=_clean_text(record.title, found)[:_TITLE] or _headline(steps),
        extra=extra,
    )
    times = _times(record)
    return Prepared(
        record=record,
        steps=steps,
        started_at=_first(record.started_at, times, min),
        ended_at=_first(record.ended_at, times, max),
        group=group_of(record),
        redactions=dict(found),
        digest=hashlib.sha256(msgspec.json.encode(steps)).hexdigest(),
        document=bodies.packed(Body(steps, extra)),
        size=sum(len(step.text) for step in steps),
        extract=_extract(record),
    )


def group_of(record: Record) -> str:
    """Name the unit of support: the task, else the person and the masked opening."""
    if record.task:
        return record.task if len(record.task) <= _GROUP else _short(record.task)
    opening = _opening(record.steps)
    if not opening:
        return _short(record.external_id)
    masked = " ".join(_INSTANCE.sub("#", opening.lower()).split())[:_OPENING]
    return f"{record.person[:40]}~{_short(masked)}"


def _opening(steps: list[Step]) -> str:
    said = [step for step in steps[:200] if step.kind == "message" and step.text]
    spoken = [step for step in said if step.actor == "person" and not step.agent]
    other = [step for step in said if step.actor == "agent" and not step.agent]
    first = next(iter(spoken or other), None)
    return first.text[: 4 * _OPENING] if first else ""


def _headline(steps: list[Step]) -> str:
    """Call a trace by the first line of its opening, where it has no title."""
    lines = _opening(steps).strip().splitlines()
    return lines[0].strip()[:_HEADLINE] if lines else ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# Checks


def _check(record: Record) -> None:
    for name, longest in _LONGEST.items():
        value = getattr(record, name)
        if len(value) > longest:
            raise Refused(f"longer than {longest} characters", name)
        if "\0" in value:
            raise Refused("contains a NUL character", name)
    if not record.external_id.strip():
        raise Refused("a trace must be named", "external_id")
    if redaction.redact(record.external_id, Counter()) != record.external_id:
        # Replaced, it would no longer tell one run from another.
        raise Refused("a secret stands in it", "external_id")
    if not record.steps:
        raise Refused("a trace must have steps", "steps")
    if len(record.steps) > _MOST_STEPS:
        raise Refused(f"more than {_MOST_STEPS} steps", "steps")
    _check_tags(record)
    _check_size(record)
    for store, number in record.read.items():
        if "\0" in store:
            raise Refused("contains a NUL character", "read")
        if not 0 <= number < 1 << 31:
            raise Refused("not the number of a version", f"read.{store}")


def _check_tags(record: Record) -> None:
    if len(record.tags) > _MOST_TAGS:
        raise Refused(f"more than {_MOST_TAGS} tags", "tags")
    for index, tag in enumerate(record.tags):
        if len(tag) > _TAG or "\0" in tag:
            raise Refused(f"not a tag of at most {_TAG} characters", f"tags[{index}]")


def _check_size(record: Record) -> None:
    size = 0
    for index, step in enumerate(record.steps):
        if step.index != index:
            raise Refused(f"is {step.index}, not {index}", f"steps[{index}].index")
        if not 0 <= step.tokens <= _MOST_TOKENS:
            raise Refused(f"not from 0 to {_MOST_TOKENS}", f"steps[{index}].tokens")
        size += len(step.text)
    if size > _TOO_LARGE:
        raise Refused(f"more than {_TOO_LARGE >> 20} MB of text", "steps")


# Times


def _times(record: Record) -> list[datetime]:
    fields = [("started_at", record.started_at), ("ended_at", record.ended_at)]
    for name, text in fields:
        if text:
            _time(text, name)
    return [
        _time(step.at, f"steps[{step.index}].at") for step in record.steps if step.at
    ]


def _time(text: str, field: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"not an ISO 8601 time: {text[:40]}", field) from None
    if time.tzinfo is None:
        raise Refused(f"a time without its offset from UTC: {text[:40]}", field)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise Refused(f"a time before or after all years: {text[:40]}", field) from None


def _first(text: str, times: list[datetime], pick: Any) -> datetime | None:
    if text:
        return _time(text, "")
    return pick(times) if times else None


# Redaction


def _clean_names(record: Record, found: Counter[str]) -> Record:
    """Clean what names things; that hardly ever holds a secret, so ask once for all."""
    names = {n for s in record.steps for n in (s.tool, s.call, s.agent, s.model)}
    names |= {record.person, record.task, record.model, *record.tags, *record.read}
    every = "\n".join(names)
    if _clean_text(every, Counter()) == every:
        return record
    steps = [
        msgspec.structs.replace(
            step,
            tool=_clean_text(step.tool, found),
            call=_clean_text(step.call, found),
            agent=_clean_text(step.agent, found),
            model=_clean_text(step.model, found),
        )
        for step in record.steps
    ]
    return msgspec.structs.replace(
        record,
        steps=steps,
        person=_clean_text(record.person, found),
        task=_clean_text(record.task, found),
        model=_clean_text(record.model, found),
        tags=tuple(_clean_text(tag, found) for tag in record.tags),
        read=_clean(record.read, found),
    )


def _clean_step(step: Step, found: Counter[str]) -> Step:
    text = _clean_text(step.text, found)
    if text is step.text:
        return step
    return msgspec.structs.replace(step, text=text)


def _clean_text(text: str, found: Counter[str]) -> str:
    # PostgreSQL's text holds no NUL; a mark of the same length keeps all offsets.
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return redaction.redact(text, found) if text else text


def _clean(value: Any, found: Counter[str], depth: int = 0) -> Any:
    if isinstance(value, str):
        return _clean_text(value, found)
    if depth > _DEEPEST:
        raise Refused("nested too deeply", "extra")
    if isinstance(value, dict):
        return {
            _clean_text(k, found): _clean(v, found, depth + 1) for k, v in value.items()
        }
    if isinstance(value, list):
        return [_clean(v, found, depth + 1) for v in value]
    return value


# Search


def _extract(record: Record) -> str:
    """Pick the words to find a trace by: what people and agents said, and errors."""
    parts = [record.title, record.external_id, record.person, record.task]
    room = _EXTRACT
    for step in record.steps:
        if not _is_telling(step):
            continue
        part = step.text[: min(room, _EXTRACT_STEP)]
        room -= len(part)
        parts.append(part)
        if room <= 0:
            break
    return "\n".join(parts).replace("\0", " ")


def _is_telling(step: Step) -> bool:
    if step.error or step.kind in ("error", "stop"):
        return True
    return step.kind == "message" and step.actor in ("person", "agent")
