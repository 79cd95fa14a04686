"""Which version wrote each line, and which rule is which, carried from text to text.

A line that both texts share, or that only moved, keeps the version that wrote it; any
other line belongs to the version that is being written. Origins look past that: a line
that only breaks elsewhere, or that a rollback brought back, belongs to who worded it.
A rule keeps its id as long as some line of it is recognisably there: kept, changed or
moved.

Blame is stored run by run, ``[[lines, version number], ...]`` from the top.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from reviews.memory import lines as texts
from reviews.memory import matching, rules, wrapping
from reviews.memory.diffs import Diff
from reviews.memory.matching import Block
from reviews.memory.rules import Rule
from reviews.memory.wrapping import Side

Runs = list[list[int]]

ID_LENGTH = 12
# A rule is rather where its lines are than where similar ones are.
SAME_LINE, SIMILAR_LINE = 4, 1


class Authored(msgspec.Struct, frozen=True):
    """A text with the version of each line and the ids of its rules.

    ``runs`` has the version that last wrote a line, ``origins`` the one that worded it.
    """

    text: str = ""
    runs: Runs = []
    rules: tuple[Rule, ...] = ()
    origins: Runs = []


def begin(text: str, *, path: str, number: int) -> Authored:
    """A text that is new as a whole."""
    runs = [[count, number]] if (count := len(texts.split(text))) else []
    named = _named(rules.split(text), {}, path=path, number=number)
    return Authored(text, runs, named, runs)


def carry(old: Authored, new: str, diff: Diff, *, path: str, number: int) -> Authored:
    """Blame and rule ids for what version ``number`` made of an older text."""
    same = same_lines(old.text, new, diff)
    split = rules.split(new)
    named = _named(split, _kept(old.rules, split, same, diff), path=path, number=number)
    versions = expand(old.runs)
    size = len(texts.split(new))
    lines = (versions[same[j]] if j in same else number for j in range(size))
    first, before = expand(old.origins or old.runs), said_before(old, new, split, diff)
    # Of words from several lines, the newest answers for the line.
    origins = (
        max(first[i] for i in before[j]) if j in before else number for j in range(size)
    )
    return Authored(new, compress(lines), named, compress(origins))


def revive(written: Authored, older: Authored, diff: Diff, *, number: int) -> Authored:
    """Give lines and rules that come back from an older text their origins and ids.

    ``diff`` leads from the older text to the written one; only what version ``number``
    itself would have to answer for is looked up there.
    """
    same = same_lines(older.text, written.text, diff)
    first, now = expand(older.origins or older.runs), expand(written.origins)
    lines = [
        first[same[j]] if version == number and j in same else version
        for j, version in enumerate(now)
    ]
    live = {rule.id for rule in written.rules}
    kept = _kept(older.rules, written.rules, same, diff)
    known = {rule.id for rule in older.rules}
    named = tuple(
        msgspec.structs.replace(rule, id=kept[place])
        if place in kept and rule.id not in known and kept[place] not in live
        else rule
        for place, rule in enumerate(written.rules)
    )
    return Authored(written.text, written.runs, named, compress(lines))


def expand(runs: Iterable[Sequence[int]]) -> list[int]:
    """The version number of every line."""
    return [number for count, number in runs for _ in range(count)]


def compress(versions: Iterable[int]) -> Runs:
    """Runs of lines with one version number."""
    return [[len(list(run)), number] for number, run in groupby(versions)]


def same_lines(old: str, new: str, diff: Diff) -> dict[int, int]:
    """For each line of the new text that the old one has, its number there."""
    shared = (
        matching.match(texts.split(old), texts.split(new))
        if diff.large
        else diff.blocks()
    )
    moved = [Block(move.old, move.new, move.size) for move in diff.moves]
    return {
        run.new + i: run.old + i for run in (*shared, *moved) for i in range(run.size)
    }


def said_before(
    old: Authored, new: str, split: Sequence[Rule], diff: Diff
) -> dict[int, tuple[int, ...]]:
    """For each new line that says nothing new, the old lines that its words stood in."""
    was = Side.of(texts.split(old.text), old.rules)
    becomes = Side.of(texts.split(new), split)
    same = same_lines(old.text, new, diff)
    rewrapped = wrapping.wrapped(was, becomes, diff, same)
    return rewrapped | {j: (i,) for j, i in same.items()}


def new_id(path: str, number: int, ordinal: int, text: str) -> str:
    """The id of a rule from where and when it first stood: the same on every store."""
    seed = f"{path}\n{number}\n{ordinal}\n{text}"
    return hashlib.sha256(seed.encode()).hexdigest()[:ID_LENGTH]


def _kept(
    old: Sequence[Rule], new: Sequence[Rule], same: dict[int, int], diff: Diff
) -> dict[int, str]:
    """Ids that new rules, by position, inherit; each id goes to one rule."""
    votes = _votes(old, new, same, diff)
    kept: dict[int, str] = {}
    taken: set[str] = set()
    for (was, place), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        if place not in kept and old[was].id not in taken:
            kept[place] = old[was].id
            taken.add(old[was].id)
    orphans = defaultdict(list)
    for rule in old:
        if rule.id not in taken:
            orphans[rule.text].append(rule.id)
    for place, rule in enumerate(new):
        # Too short to be called a move, and still word for word the same rule.
        if place not in kept and orphans[rule.text]:
            kept[place] = orphans[rule.text].pop(0)
    return kept


def _votes(
    old: Sequence[Rule], new: Sequence[Rule], same: dict[int, int], diff: Diff
) -> Counter[tuple[int, int]]:
    """How strongly each old rule and each new one look like the same."""
    at_old, at_new = _rule_at(old), _rule_at(new)
    links = [(was, line, SAME_LINE) for line, was in same.items()]
    links += [(was, line, SIMILAR_LINE) for was, line in diff.alike()]
    votes: Counter[tuple[int, int]] = Counter()
    for was, line, weight in links:
        if was in at_old and line in at_new:
            votes[at_old[was], at_new[line]] += weight
    return votes


def _rule_at(numbered: Sequence[Rule]) -> dict[int, int]:
    """Which rule, by position, each line with words belongs to."""
    return {
        line: place
        for place, rule in enumerate(numbered)
        for line, words in enumerate(rule.text.split("\n"), start=rule.start)
        if words.strip()
    }


def _named(
    split: Sequence[Rule], kept: dict[int, str], *, path: str, number: int
) -> tuple[Rule, ...]:
    """Rules with the ids that they inherit, the others with new ones."""
    return tuple(_with_ids(split, kept, path=path, number=number))


def _with_ids(
    split: Sequence[Rule], kept: dict[int, str], *, path: str, number: int
) -> Iterator[Rule]:
    """As ``_named``, one by one."""
    for place, rule in enumerate(split):
        name = kept.get(place) or new_id(path, number, place, rule.text)
        yield msgspec.structs.replace(rule, id=name)
