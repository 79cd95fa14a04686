"""What was asked of a model, and what it cost, laid out for reading."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from reviews.dreams.asking.rates import Rate
from reviews.dreams.models import Completion, Dream

# What is asked for, in a word; the tier's work is in the glossary.
PURPOSES = {
    "facet": "Read a run",
    "judge": "Judge a pattern",
    "curate": "Fit into memory",
    "doubt": "Doubt a rule",
    "reflect": "Reflect on a run",
    "act": "Act in a replay",
    "test": "Test",
}
_BILL = {
    "input_tokens": "tokens in",
    "cache_creation_input_tokens": "written to the cache",
    "cache_read_input_tokens": "read from the cache",
    "output_tokens": "tokens out",
    "service_tier": "service",
}


@dataclass(frozen=True)
class Line:
    """One question in a list."""

    row: Completion
    purpose: str
    # Where it belongs: a dream or a replay's proposal.
    of: str
    url: str
    tokens: str
    # answered, reused, failed, ...: a badge's key.
    state: str


@dataclass(frozen=True)
class Whole:
    """One question word for word."""

    line: Line
    system: list[str]
    user: str
    schema: str
    answer: str
    bill: list[tuple[str, Any]]
    reused: Completion | None


@dataclass(frozen=True)
class Cost:
    """What a dream spent, and what that came to per change that people accepted."""

    dream: Dream
    asked: int
    accepted: int
    per_change: float | None


@dataclass(frozen=True)
class Price:
    """What a model costs, in figures without needless zeros."""

    rate: Rate
    input: str
    output: str
    written: str
    read: str
    batch: str
    long: str


def line_of(row: Completion) -> Line:
    """A question as lists show it."""
    of, url = _place(row)
    return Line(
        row=row,
        purpose=PURPOSES.get(row.purpose, row.purpose),
        of=of,
        url=url,
        tokens=_tokens(row.usage),
        state=_state(row),
    )


def whole_of(row: Completion) -> Whole:
    """A question with everything that went over the wire, secrets left out."""
    body = row.request
    system = [block.get("text", "") for block in body.get("system") or []]
    said = [message.get("content", "") for message in body.get("messages") or []]
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    return Whole(
        line=line_of(row),
        system=system,
        user="\n\n".join(_text(content) for content in said),
        schema=_pretty(schema) if schema else "",
        answer=_answer(row.answer),
        bill=[(word, row.usage[k]) for k, word in _BILL.items() if row.usage.get(k)],
        reused=row.reused_from,
    )


def cost_of(dream: Any) -> Cost:
    """A dream that ``spending.of_dreams`` found."""
    per_change = dream.cost / dream.accepted if dream.accepted else None
    return Cost(dream, dream.asked, dream.accepted, per_change)


def price_of(rate: Rate) -> Price:
    """A price as the table shows it."""
    long = ""
    if rate.long_from and rate.long_input and rate.long_output:
        both = f"{_plain(rate.long_input)} and {_plain(rate.long_output)}"
        long = f"{both} above {rate.long_from:,}"
    return Price(
        rate=rate,
        input=_plain(rate.input),
        output=_plain(rate.output),
        written=_plain(rate.cache_write_1h),
        read=_plain(rate.cache_read),
        batch=_plain(rate.batch_share),
        long=long,
    )


def _plain(figure: Decimal) -> str:
    """Without the zeros that a column of a database adds."""
    return f"{figure.normalize():f}"


def _place(row: Completion) -> tuple[str, str]:
    if row.dream is not None:
        name = f"Dream {row.dream.pk} of {row.dream.store.name}"
        return name, reverse("web:dream", args=[row.dream.pk])
    if row.replay is not None:
        proposal = row.replay.proposal
        return f"Replay of #{proposal.pk}", reverse("web:proposal", args=[proposal.pk])
    return "", ""


def _state(row: Completion) -> str:
    if row.reused_from_id:
        return "reused"
    if row.state == Completion.State.ANSWERED and row.problem:
        return "useless"
    return row.state


def _tokens(usage: dict[str, Any]) -> str:
    fresh = usage.get("input_tokens") or 0
    cached = usage.get("cache_creation_input_tokens") or 0
    read = usage.get("cache_read_input_tokens") or 0
    if not usage:
        return ""
    return f"{fresh + cached + read:,} in, {usage.get('output_tokens') or 0:,} out"


def _answer(message: Any) -> str:
    """What the model said; JSON is laid out, anything else stays as it is."""
    if not message:
        return ""
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    text = "".join(str(b.get("text", "")) for b in blocks if isinstance(b, dict))
    try:
        return _pretty(json.loads(text))
    except (ValueError, RecursionError):
        return text


def _text(content: Any) -> str:
    return content if isinstance(content, str) else _pretty(content)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
