"""Every quote held against the step that it cites: verbatim, or it is dropped.

Words and provenance are taken from the stored step, never from whoever quotes it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from reviews.proposals.drafts import Quote
from reviews.proposals.models import Evidence, Operation
from reviews.teams.models import Team
from reviews.traces import bodies
from reviews.traces.models import Trace
from reviews.traces.steps import Step

# As much of a tool's name as is kept.
TOOL = 200

type Place = tuple[str, str, int, int, int]


class Checked(NamedTuple):
    """The quotes that hold, with the traces they are from, and how many did not."""

    quotes: tuple[Quote, ...] = ()
    traces: dict[tuple[str, str], Trace] = {}
    dropped: int = 0
    # The steps of those traces, by agent and external id.
    steps: dict[tuple[str, str], list[Step]] = {}


def check(team: Team, quotes: Sequence[Quote]) -> Checked:
    """Keep the quotes that say exactly what their steps say; two queries or three."""
    if not quotes:
        return Checked()
    traces = {
        (trace.agent.name, trace.external_id): trace
        for trace in Trace.objects.filter(
            team=team, external_id__in={quote.trace for quote in quotes}
        )
        .select_related("agent")
        .defer("search")
    }
    wanted = {(quote.agent, quote.trace) for quote in quotes}
    traces = {key: trace for key, trace in traces.items() if key in wanted}
    steps = {key: body.steps for key, body in bodies.bodies_of(traces.values()).items()}
    held: dict[tuple[int, Place], Quote] = {}
    dropped = 0
    for quote in quotes:
        trace = traces.get((quote.agent, quote.trace))
        found = trace and _verbatim(quote, trace, steps.get(trace.pk, []))
        if found:
            held.setdefault((found.operation, place(found)), found)
        else:
            dropped += 1
    read = {key: steps.get(trace.pk, []) for key, trace in traces.items()}
    return Checked(tuple(held.values()), traces, dropped, read)


def place(quote: Quote) -> Place:
    """Where a quote is from: what makes two of them the same."""
    return (quote.agent, quote.trace, quote.step, quote.start, quote.end)


def place_of(row: Evidence) -> Place:
    """Where stored evidence is from, as ``place`` says it of a quote."""
    return (row.agent, row.external_id, row.step, row.start, row.end)


def rows(
    checked: Checked, operations: Sequence[Operation], taken: Iterable[int] = ()
) -> list[Evidence]:
    """Evidence to be stored, numbered on from what each operation has already.

    ``taken`` says for each operation how many pieces of evidence it has.
    """
    counts = list(taken) or [0] * len(operations)
    found = []
    for quote in checked.quotes:
        trace = checked.traces[quote.agent, quote.trace]
        operation = operations[quote.operation]
        found.append(
            Evidence(
                operation=operation,
                position=counts[quote.operation],
                stance=quote.stance,
                trace=trace,
                agent=quote.agent,
                external_id=quote.trace,
                person=trace.person,
                step=quote.step,
                start=quote.start,
                end=quote.end,
                quote=quote.text,
                sha256=quote.sha256,
                provenance=quote.provenance,
                tool=quote.tool,
            )
        )
        counts[quote.operation] += 1
    return found


def sha256(text: str) -> str:
    """The hash by which a quote is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def _verbatim(quote: Quote, trace: Trace, steps: Sequence[Step]) -> Quote | None:
    """The quote in the step's own words, or None where they are not its words."""
    if not 0 <= quote.step < len(steps):
        return None
    step = steps[quote.step]
    if not 0 <= quote.start < quote.end <= len(step.text):
        return None
    text = step.text[quote.start : quote.end]
    if sha256(text) != quote.sha256 or quote.text not in ("", text):
        return None
    return msgspec.structs.replace(
        quote,
        text=text,
        provenance=step.provenance,
        person=trace.person,
        tool=step.tool[:TOOL],
    )
