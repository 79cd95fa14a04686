"""What tokens come to at a price: pure, in decimals, always rounded up."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any

import msgspec

_MILLION = Decimal(1_000_000)
# As fine as a cost is kept.
_FINEST = Decimal("0.000001")
# As much as a cost can be: a bill beyond it is none.
_MOST = Decimal(999_999)


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What a model costs: US dollars per million tokens."""

    model: str
    since: date
    source: str
    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    batch_share: Decimal
    long_from: int | None = None
    long_input: Decimal | None = None
    long_output: Decimal | None = None
    # Nobody of the team has typed it in.
    shipped: bool = True


def cost(rate: Rate, usage: Mapping[str, Any], *, batch: bool) -> Decimal:
    """What an answer cost by the model's own bill, any line of which may be missing."""
    fresh, read = (
        _tokens(usage, "input_tokens"),
        _tokens(usage, "cache_read_input_tokens"),
    )
    by_life = usage.get("cache_creation")
    by_life = by_life if isinstance(by_life, Mapping) else {}
    short = _tokens(by_life, "ephemeral_5m_input_tokens")
    # What is not said to live five minutes is taken for the dearer kind.
    written = _tokens(usage, "cache_creation_input_tokens")
    long = max(written - short, _tokens(by_life, "ephemeral_1h_input_tokens"))
    scale, output = _tier(rate, fresh + read + short + long)
    dollars = scale * (
        fresh * rate.input
        + short * rate.cache_write_5m
        + long * rate.cache_write_1h
        + read * rate.cache_read
    ) + output * _tokens(usage, "output_tokens")
    return _rounded(rate, dollars, batch=batch)


def ceiling(rate: Rate, *, cached: int, prompt: int, most: int, batch: bool) -> Decimal:
    """What a question can cost at most: its cached part written anew, its answer full."""
    scale, output = _tier(rate, cached + prompt)
    dearest = max(rate.input, rate.cache_write_1h)
    dollars = scale * (cached * dearest + prompt * rate.input) + output * most
    return _rounded(rate, dollars, batch=batch)


def _tier(rate: Rate, prompt: int) -> tuple[Decimal, Decimal]:
    """By how much every token of the prompt is dearer, and what the answer's cost."""
    if rate.long_from is None or prompt <= rate.long_from:
        return Decimal(1), rate.output
    scale = (rate.long_input or rate.input) / rate.input if rate.input else Decimal(1)
    return scale, rate.long_output or rate.output


def _rounded(rate: Rate, dollars: Decimal, *, batch: bool) -> Decimal:
    share = rate.batch_share if batch else Decimal(1)
    return min(dollars * share / _MILLION, _MOST).quantize(_FINEST, ROUND_UP)


def _tokens(bill: Mapping[str, Any], name: str) -> int:
    count = bill.get(name)
    return count if isinstance(count, int) and count > 0 else 0
