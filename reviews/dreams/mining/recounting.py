"""A draft's support counted again, from digests and its trigger alone.

Another way through the same facts: if both ways do not meet, the draft is not proposed.
"""

from collections.abc import Iterable, Iterator, Sequence

from reviews.dreams.mining import lacks
from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.silences import first_writes, is_telling
from reviews.dreams.mining.states import State
from reviews.dreams.mining.subjects import mark
from reviews.proposals.drafts import Draft


def recount(state: State, drafts: Sequence[Draft]) -> list[dict[str, float]]:
    """Runs, groups, people and agents of each draft."""
    counts = [_Count(draft) for draft in drafts]
    for digest in state.digests():
        for one in counts:
            one.read(digest)
    return [one.counts() for one in counts]


class _Count:
    def __init__(self, draft: Draft) -> None:
        self.trigger = draft.trigger
        self.marks = set(draft.trigger.get("marks", "").split())
        self.slot = draft.trigger.get("slot", "")
        self.keys = set(draft.trigger.get("wish", "").split("\n"))
        self.sightings: set[tuple[str, str, str, str]] = set()
        # Groups that count: all, or those that failed on the one value.
        self.groups: set[str] = set()

    def read(self, digest: Digest) -> None:
        for telling in self._seen(digest):
            self.sightings.add(
                (digest.agent, digest.trace, digest.group, digest.person)
            )
            if telling:
                self.groups.add(digest.group)

    def counts(self) -> dict[str, float]:
        if "duplicate" in self.trigger:
            # Memory itself is the evidence: no run has to show it.
            return {}
        held = [one for one in self.sightings if one[2] in self.groups]
        return {
            "runs": len(held),
            "groups": len({group for _, _, group, _ in held}),
            "people": len({person for _, _, _, person in held if person}),
            "agents": len({agent for agent, _, _, _ in held}),
        }

    def _seen(self, digest: Digest) -> Iterable[bool]:
        """One truth per sighting: whether its group counts."""
        words, trigger = digest.words, self.trigger
        if self.marks:
            return self._failures(digest)
        if "wish" in trigger:
            if trigger.get("owner", digest.person) != digest.person:
                return ()
            return (True for one in digest.sayings if words[one.key] in self.keys)
        if "obsolete" in trigger:
            return (
                True
                for one in digest.obsolete
                if words[one.name] == trigger["obsolete"]
            )
        if "remark" in trigger:
            if trigger.get("owner", digest.person) != digest.person:
                return ()
            return (
                True for one in digest.remarks if words[one.kind] == trigger["remark"]
            )
        if "lack" in trigger:
            return self._missing(digest)
        if "anchor" in trigger:
            return self._went_all_the_way(digest)
        if "check" in trigger:
            return (
                True for one in digest.checks if words[one.rule] == trigger["check"]
            )
        if trigger.get("signal") == "loop":
            return (True for _ in digest.loops)
        if trigger.get("signal") == "stop":
            return (
                True
                for one in digest.halts
                if words[one.tool] == trigger["tool"] and words[one.reason]
            )
        return self._left_out(digest)

    def _failures(self, digest: Digest) -> Iterator[bool]:
        words = digest.words
        for row in digest.rows:
            fault = digest.faults[row.fault] if row.fault >= 0 else None
            if fault is None or fault.checked:
                continue
            if mark(words[row.tool], words[fault.template]) in self.marks:
                slots = {f"{words[kind]}={words[value]}" for kind, value in fault.slots}
                yield not self.slot or self.slot in slots

    def _missing(self, digest: Digest) -> Iterator[bool]:
        """Whether something was missing that nobody looked up, before or after."""
        name, tool = self.trigger["lack"], self.trigger["tool"]
        words = digest.words
        called = [
            number
            for number, row in enumerate(digest.rows)
            if row.fault < 0 and words[row.tool] == tool
        ]
        for lack in digest.lacks:
            denied = lack.span.voice == "a"
            early = [number for number in called if number < lack.row]
            if denied == (self.trigger["voice"] == "a") and lacks.speaks_of(
                words[lack.text], name
            ):
                yield from [True] * (not (early if denied else called))

    def _went_all_the_way(self, digest: Digest) -> Iterator[bool]:
        """Whether a good run did every step before the first call of the anchor."""
        if digest.outcome == "failure":
            return
        steps = set(self.trigger["steps"].split("\n"))
        for row in digest.rows:
            tool = digest.words[row.tool]
            if row.fault >= 0:
                continue
            if tool == self.trigger["anchor"]:
                if not steps:
                    yield True
                return
            steps.discard(tool)

    def _left_out(self, digest: Digest) -> Iterator[bool]:
        if digest.outcome != "failure" or not is_telling(digest):
            return
        write = first_writes(digest).get(self.trigger.get("tool", ""))
        check = self.trigger.get("feature", "").removeprefix("after:")
        if write and check not in write.before:
            yield True
