"""Calls by what they are: two calls that are alike in all that is ever asked are one.

Far fewer calls are different than are made. Each has a short name, a hash that is the same in
every run, so that who knows a call already need not read it again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from reviews.dreams.mining.digests import Fault, Row

# Bytes of a name: of a hundred million different calls, hardly two have one name.
_NAME = 8


class Failing(msgspec.Struct, frozen=True, gc=False):
    """How a call failed."""

    # What the tool said, masked.
    template: str
    # Its answer names linter rules: they speak for it.
    checked: bool
    # The tool worked again later in the run.
    recovered: bool


class Call(msgspec.Struct, frozen=True, gc=False):
    """One call, as one run or many made it."""

    tool: str
    # Its argument names, comma-separated.
    given: str
    features: tuple[str, ...]
    failing: Failing | None = None

    def all_features(self) -> set[str]:
        """Its features, and which arguments it had."""
        return {*self.features, *(f"has:{name}" for name in self.given.split(","))}


# What is known of a failure: its template, whether a linter speaks, whether it was overcome.
_Failed = tuple[str, bool, bool]


def call_of(words: Sequence[str], faults: Sequence[Fault], row: Row) -> Call:
    """The call that stands in a row of a digest."""
    return _call(*_parts(words, faults, row))


def names(words: Sequence[str], faults: Sequence[Fault], rows: Iterable[Row]) -> bytes:
    """The names of the calls in some rows, one behind the other."""
    return b"".join([_name(*_parts(words, faults, row)) for row in rows])


def _parts(
    words: Sequence[str], faults: Sequence[Fault], row: Row
) -> tuple[str, str, tuple[str, ...], _Failed | None]:
    failed = None
    if row.fault >= 0:
        fault = faults[row.fault]
        failed = (words[fault.template], fault.checked, fault.distance > 0)
    features = tuple([words[number] for number in row.features])
    return words[row.tool], words[row.given], features, failed


def _call(
    tool: str, given: str, features: tuple[str, ...], failed: _Failed | None
) -> Call:
    return Call(tool, given, features, Failing(*failed) if failed else None)


@lru_cache(maxsize=16_384)
def _name(
    tool: str, given: str, features: tuple[str, ...], failed: _Failed | None
) -> bytes:
    told = msgspec.msgpack.encode(_call(tool, given, features, failed))
    return hashlib.blake2b(told, digest_size=_NAME).digest()
