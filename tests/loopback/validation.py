"""Requests held against the SDK's own types: nothing missing, nothing unknown, no wrong kind."""

import functools
import threading
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pydantic
import typing_extensions

_ONE_AT_A_TIME = threading.Lock()
FORBID = pydantic.ConfigDict(extra="forbid", arbitrary_types_allowed=True)


@functools.cache
def adapter_of(params: Any) -> pydantic.TypeAdapter[Any]:
    """A validator of one of the SDK's ``…Params``, strict about keys at every depth."""
    for each in _typed_dicts(params, set()):
        each.__pydantic_config__ = FORBID
    return pydantic.TypeAdapter(params)


def problem_with(params: Any, body: Any) -> str:
    """What is wrong with a request, in words; nothing if nothing is."""
    try:
        # Requests come in threads, and validators are made when they are first used.
        with _ONE_AT_A_TIME:
            _exhaust(adapter_of(params).validate_python(body))
    except pydantic.ValidationError as error:
        return "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}"
            for e in error.errors(include_url=False)[:5]
        )
    return ""


def _exhaust(value: Any) -> None:
    """What is typed as an iterable is only looked at when somebody goes through it."""
    if isinstance(value, Mapping):
        for one in value.values():
            _exhaust(one)
    elif not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        for one in value:
            _exhaust(one)


def _typed_dicts(kind: Any, seen: set[Any]) -> Iterator[Any]:
    if typing_extensions.is_typeddict(kind):
        if kind in seen:
            return
        seen.add(kind)
        yield kind
        hints = typing_extensions.get_type_hints(kind, include_extras=True)
        for hint in hints.values():
            yield from _typed_dicts(hint, seen)
        return
    if isinstance(kind, typing.TypeAliasType | typing_extensions.TypeAliasType):
        if kind not in seen:
            seen.add(kind)
            yield from _typed_dicts(kind.__value__, seen)
        return
    for argument in typing.get_args(kind):
        if not isinstance(argument, str | int | types.NoneType):
            yield from _typed_dicts(argument, seen)
