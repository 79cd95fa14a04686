"""A draft's support counted again, from digests and its trigger alone.

Another way through the same facts: if both ways do not meet, the draft is not proposed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reviews.dreams.mining import lacks
from reviews.dreams.mining.digests import Digest, Fault
from reviews.dreams.mining.extraction import is_telling
from reviews.dreams.mining.silences import first_writes
from reviews.dreams.mining.states import State
from reviews.dreams.mining.subjects import mark
from reviews.proposals.drafts import Draft

Trigger = Mapping[str, str]

# What only memory, its dates, or what is missing in runs can show.
_OF_MEMORY = frozenset({"duplicate", "forsaken", "over", "moved"})


def recount(state: State, drafts: Sequence[Draft]) -> list[dict[str, float]]:
    """Runs, groups, people and agents of each draft."""
    counts = [_Count(draft.trigger) for draft in drafts]
    sightings = Sightings([draft.trigger for draft in drafts])
    for digest in state.digests():
        for number, counts_group in sightings.of(digest):
            counts[number].add(digest, counts_group=counts_group)
    return [one.counts() for one in counts]


class _Count:
    """Who showed one pattern. Runs of a group follow each other, and wait for its end."""

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger
        self.runs = self.groups = 0
        self.people: set[str] = set()
        self.agents: set[str] = set()
        self._group = ""
        self._waiting: list[tuple[str, str]] = []
        self._counts = False

    def add(self, digest: Digest, *, counts_group: bool) -> None:
        """Count one run; its group counts once one of its runs says so."""
        if digest.group != self._group:
            self._close()
            self._group = digest.group
        self._waiting.append((digest.person, digest.agent))
        self._counts |= counts_group

    def counts(self) -> dict[str, float]:
        if _OF_MEMORY & self.trigger.keys():
            # Memory itself is the evidence: no run has to show it.
            return {}
        self._close()
        return {
            "runs": self.runs,
            "groups": self.groups,
            "people": len(self.people),
            "agents": len(self.agents),
        }

    def _close(self) -> None:
        if self._counts:
            self.groups += 1
            self.runs += len(self._waiting)
            self.people |= {person for person, _ in self._waiting if person}
            self.agents |= {agent for _, agent in self._waiting}
        self._waiting.clear()
        self._counts = False


class Sightings:
    """In which runs each of several triggers is seen; looked up by what runs hold."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self.triggers = triggers
        self.slots = [trigger.get("slot", "") for trigger in triggers]
        self.by_mark: defaultdict[str, list[int]] = defaultdict(list)
        # By a word without which a run has nothing to do with the trigger.
        self.by_word: defaultdict[str, list[int]] = defaultdict(list)
        self.looping: list[int] = []
        self.lacking: list[int] = []
        for number, trigger in enumerate(triggers):
            if trigger.get("marks"):
                for one in trigger["marks"].split():
                    self.by_mark[one].append(number)
            elif trigger.get("signal") == "loop":
                self.looping.append(number)
            elif "lack" in trigger:
                self.lacking.append(number)
            else:
                for word in _words_of(trigger):
                    self.by_word[word].append(number)
        self._marks: dict[tuple[str, str], list[int]] = {}

    def of(self, digest: Digest) -> Iterator[tuple[int, bool]]:
        """Triggers seen in a run, by number, each with whether its group counts."""
        if digest.faults and self.by_mark:
            yield from self._failures(digest)
        if digest.loops:
            yield from ((number, True) for number in self.looping)
        near = {
            number
            for word in digest.words
            if word in self.by_word
            for number in self.by_word[word]
        }
        if digest.lacks:
            near.update(self.lacking)
        yield from ((one, True) for one in near if _is_seen(self.triggers[one], digest))

    def _failures(self, digest: Digest) -> Iterator[tuple[int, bool]]:
        seen: dict[int, bool] = {}
        for row in digest.rows:
            fault = digest.faults[row.fault] if row.fault >= 0 else None
            if fault is None or fault.checked:
                continue
            for number in self._marked(digest.words, row.tool, fault):
                slot = self.slots[number]
                held = seen.get(number, False)
                seen[number] = held or not slot or slot in _slots(digest.words, fault)
        yield from seen.items()

    def _marked(self, words: Sequence[str], tool: int, fault: Fault) -> Sequence[int]:
        said = (words[tool], words[fault.template])
        if said not in self._marks:
            self._marks[said] = self.by_mark.get(mark(*said), [])
        return self._marks[said]


def _slots(words: Sequence[str], fault: Fault) -> set[str]:
    return {f"{words[kind]}={words[value]}" for kind, value in fault.slots}


def _words_of(trigger: Trigger) -> Sequence[str]:
    if "wish" in trigger:
        return trigger["wish"].split("\n")
    known = ("obsolete", "remark", "anchor", "check", "tool")
    return next(([trigger[name]] for name in known if trigger.get(name)), [])


def _is_seen(trigger: Trigger, digest: Digest) -> bool:
    """Whether a run shows what a trigger, other than of a failure or a loop, is about."""
    words = digest.words
    if "wish" in trigger:
        keys = set(trigger["wish"].split("\n"))
        its = trigger.get("owner") or digest.person
        return its == digest.person and any(
            words[one.key] in keys for one in digest.sayings
        )
    if "obsolete" in trigger:
        return any(words[one.name] == trigger["obsolete"] for one in digest.obsolete)
    if "remark" in trigger:
        its = trigger.get("owner") or digest.person
        return its == digest.person and any(
            words[one.kind] == trigger["remark"] for one in digest.remarks
        )
    if "lack" in trigger:
        return _missing(trigger, digest)
    if "anchor" in trigger:
        return _went_all_the_way(trigger, digest)
    if "check" in trigger:
        return any(words[one.rule] == trigger["check"] for one in digest.checks)
    if trigger.get("signal") == "stop":
        return any(
            words[one.tool] == trigger["tool"] and words[one.reason]
            for one in digest.halts
        )
    return _left_out(trigger, digest)


def _missing(trigger: Trigger, digest: Digest) -> bool:
    """Whether something was missing that nobody looked up, before or after."""
    words = digest.words
    called = [
        number
        for number, row in enumerate(digest.rows)
        if row.fault < 0 and words[row.tool] == trigger["tool"]
    ]
    for lack in digest.lacks:
        denied = lack.span.voice == "a"
        if denied != (trigger["voice"] == "a"):
            continue
        looked_up = [one for one in called if one < lack.row] if denied else called
        if not looked_up and lacks.speaks_of(words[lack.text], trigger["lack"]):
            return True
    return False


def _went_all_the_way(trigger: Trigger, digest: Digest) -> bool:
    """Whether a good run did every step before the first call of the anchor."""
    if digest.outcome == "failure":
        return False
    steps = set(trigger["steps"].split("\n"))
    for row in digest.rows:
        tool = digest.words[row.tool]
        if row.fault >= 0:
            continue
        if tool == trigger["anchor"]:
            return not steps
        steps.discard(tool)
    return False


def _left_out(trigger: Trigger, digest: Digest) -> bool:
    if digest.outcome != "failure" or not is_telling(digest):
        return False
    write = first_writes(digest).get(trigger.get("tool", ""))
    check = trigger.get("feature", "").removeprefix("after:")
    return write is not None and check not in write.before
