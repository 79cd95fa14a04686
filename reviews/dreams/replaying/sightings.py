"""Where a pattern was met in past runs, and where the same thing went well: from digests.

Each independent group gives one sighting of a kind at most, lowest hash first, so that
nobody chooses; runs that are quoted as evidence come last, and only where others lack.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from reviews.dreams.mining.digests import Digest, decode, run_of
from reviews.dreams.mining.subjects import mark

FAILED, FINE = 8, 4


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A step before which a situation ends: of a run that failed there, or went well."""

    agent: str
    trace: str
    group: str
    step: int
    failed: bool
    # The run is quoted for or against the proposal.
    quoted: bool = False


def find(
    documents: Iterable[bytes],
    trigger: Mapping[str, str],
    quoted: frozenset[tuple[str, str]],
) -> list[Sighting]:
    """Sightings to try a rule on, those that failed first."""
    best: dict[tuple[bool, str], tuple[bool, bytes, int, Sighting]] = {}
    for document in documents if trigger else ():
        digest = decode(document)
        rank = run_of(document)
        for step, failed in _met(digest, trigger):
            is_quoted = (digest.agent, digest.trace) in quoted
            one = Sighting(
                agent=digest.agent, trace=digest.trace, group=digest.group,
                step=step, failed=failed, quoted=is_quoted,
            )  # fmt: skip
            key = (failed, digest.group)
            entry = (is_quoted, rank, step, one)
            if key not in best or entry[:3] < best[key][:3]:
                best[key] = entry
            break
    return [*_lowest(best, FAILED, failed=True), *_lowest(best, FINE, failed=False)]


def _lowest(
    best: Mapping[tuple[bool, str], tuple[bool, bytes, int, Sighting]],
    most: int,
    *,
    failed: bool,
) -> list[Sighting]:
    rows = [entry for (kind, _), entry in best.items() if kind is failed]
    return [
        entry[3] for entry in heapq.nsmallest(most, rows, key=lambda entry: entry[:3])
    ]


def _met(digest: Digest, trigger: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
    """Steps at which the run met the pattern (true) or did the same thing well (false)."""
    if trigger.get("marks"):
        return _failures(digest, trigger)
    if "anchor" in trigger:
        return _procedure(digest, trigger)
    if trigger.get("signal") == "loop":
        return ((loop.call.step, True) for loop in digest.loops)
    if trigger.get("signal") == "stop":
        return _stops(digest, trigger.get("tool", ""))
    if "check" in trigger:
        return (
            (one.said.step, True)
            for one in digest.checks
            if digest.words[one.rule] == trigger["check"]
        )
    if trigger.get("outcome") == "failure":
        return _left_out(digest, trigger)
    if "wish" in trigger:
        return _wishes(digest, trigger)
    return iter(())


def _failures(digest: Digest, trigger: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
    words, marks = digest.words, set(trigger["marks"].split())
    slot, failed = trigger.get("slot", ""), False
    for row in digest.rows:
        fault = digest.faults[row.fault] if row.fault >= 0 else None
        if fault is None or mark(words[row.tool], words[fault.template]) not in marks:
            continue
        slots = {f"{words[kind]}={words[value]}" for kind, value in fault.slots}
        if not slot or slot in slots:
            failed = True
            yield fault.call.step, True
    if not failed:
        tools = set(trigger.get("tool", "").split(","))
        yield from ((step, False) for tool, step in _good(digest) if tool in tools)


def _procedure(
    digest: Digest, trigger: Mapping[str, str]
) -> Iterator[tuple[int, bool]]:
    steps = set(trigger.get("steps", "").split("\n"))
    first = dict(reversed(list(_good(digest))))
    anchor = first.get(trigger["anchor"])
    if anchor is not None:
        yield anchor, any(first.get(tool, anchor) >= anchor for tool in steps)


def _stops(digest: Digest, tool: str) -> Iterator[tuple[int, bool]]:
    stopped = [one for one in digest.halts if digest.words[one.tool] == tool]
    yield from ((one.said.step, True) for one in stopped)
    if not stopped:
        yield from ((step, False) for name, step in _good(digest) if name == tool)


def _left_out(digest: Digest, trigger: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
    """A write without its check in a run that ended badly; with it, in one that did not."""
    first = dict(reversed(list(_good(digest))))
    write = first.get(trigger.get("tool", ""))
    check = first.get(trigger.get("feature", "").removeprefix("after:"))
    if write is None:
        return
    left_out = check is None or check >= write
    if left_out and digest.outcome == "failure":
        yield write, True
    elif not left_out and digest.outcome == "success":
        yield write, False


def _wishes(digest: Digest, trigger: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
    """What the agent did before a person asked for something else."""
    keys = set(trigger["wish"].split("\n"))
    if trigger.get("owner", "") in ("", digest.person):
        yield from (
            (one.span.step, True)
            for one in digest.sayings
            if digest.words[one.key] in keys
        )


def _good(digest: Digest) -> Iterator[tuple[str, int]]:
    """The first good call of each tool, in order."""
    for sample in digest.samples:
        yield digest.words[digest.rows[sample.row].tool], sample.span.step
