"""A trace's steps: one compressed document per trace, written and read whole."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any, Literal, cast

import msgspec

from reviews.errors import NotFound
from reviews.traces.models import Trace, TraceBody
from reviews.traces.steps import Facts, Step

_CHUNK = 200
type Outcome = Literal["", "success", "failure"]


class Body(msgspec.Struct, frozen=True):
    """What a body holds: the steps, and what the format kept beside them."""

    steps: list[Step]
    extra: dict[str, Any] = {}


class OutOfReach(NotFound):
    """The cited words are not in that step."""

    code = "out-of-reach"


_decoder = msgspec.json.Decoder(Body)


def packed(body: Body) -> bytes:
    """Compress a body as it is stored; fast, since intake waits for it."""
    return zlib.compress(msgspec.json.encode(body), 1)


def unpacked(document: bytes | memoryview) -> Body:
    """Read a stored body back."""
    return _decoder.decode(zlib.decompress(document))


def body_of(trace: Trace) -> Body:
    """Load one trace's body; a trace whose body was erased has no steps."""
    return bodies_of([trace]).get(trace.pk, Body([]))


def steps_of(trace: Trace) -> list[Step]:
    """Load one trace's steps, in order."""
    return body_of(trace).steps


def bodies_of(traces: Iterable[Trace]) -> dict[int, Body]:
    """Load many bodies at once, by trace; one query per month of receipt."""
    months: dict[Any, list[int]] = defaultdict(list)
    for trace in traces:
        months[trace.month].append(trace.pk)
    found: dict[int, Body] = {}
    for month, keys in months.items():
        rows = TraceBody.objects.filter(month=month, trace_id__in=keys)
        for key, document in rows.values_list("trace_id", "document"):
            found[key] = unpacked(document)
    return found


def with_steps(keys: Sequence[int]) -> Iterator[tuple[Trace, list[Step]]]:
    """Go through traces with their steps in the order of the keys, a few at a time."""
    for some in batched(keys, _CHUNK, strict=False):
        rows = Trace.objects.filter(pk__in=some).select_related("agent", "team")
        traces = rows.defer("search").in_bulk()
        bodies = bodies_of(traces.values())
        for key in some:
            if key in traces:
                yield traces[key], bodies.get(key, Body([])).steps


def slice(trace: Trace, step: int, start: int, end: int) -> str:  # noqa: A001
    """Cut the cited words out of a step; refuse what does not lie within it."""
    steps = steps_of(trace)
    if not 0 <= step < len(steps) or not 0 <= start < end <= len(steps[step].text):
        raise OutOfReach(trace=trace.external_id, step=step, start=start, end=end)
    return steps[step].text[start:end]


def facts_of(trace: Trace) -> Facts:
    """Tell what a digest needs to know of a trace beside its steps."""
    return Facts(
        trace=trace.external_id,
        agent=trace.agent.name,
        group=trace.group,
        person=trace.person,
        team=trace.team.slug,
        outcome=cast("Outcome", trace.outcome),
        reward=trace.reward,
        started_at=trace.started_at.isoformat() if trace.started_at else "",
        day=trace.happened_at.date().isoformat(),
        tags=tuple(trace.tags),
        read=trace.read,
    )
