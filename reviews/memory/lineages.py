"""Where the words of a line come from: its history, version by version, back to its first.

Blame names one version for a line; this is asked for when somebody wants to know more.
Nothing is stored for it: the revisions of one memory are read, newest first, until the
version is found that worded the line.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
from django.db.models import QuerySet

from reviews.memory import blame, diffs, marks, rules, wrapping
from reviews.memory import lines as texts
from reviews.memory.blame import Authored
from reviews.memory.diffs import Diff
from reviews.memory.models import Revision, Version

Deed = Literal["worded", "reworded", "re-wrapped", "moved", "brought back"]
# So many revisions are fetched at a time; most lines are young.
CHUNK = 20


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one version did to a line: its words there, and right before.

    A line that was re-wrapped leads back to several; ``lines`` count from 0.
    """

    revision: Revision
    deed: Deed
    lines: tuple[int, ...]
    text: str
    before: str = ""


class Span(NamedTuple):
    """Words that stand together and come from one version."""

    number: int
    text: str


class Source(NamedTuple):
    """Where the lines of one revision stood before it, and what it did to them.

    They stand in the newest revision at or below ``number``.
    """

    deed: Deed | Literal[""]
    lines: tuple[int, ...]
    number: int


def of(revision: Revision, line: int) -> list[Step]:
    """Every version that touched a line of a revision, newest first."""
    steps = []
    source = Source("", (line,), revision.number)
    for newer, older in _pairs(revision):
        if newer.number > source.number:
            continue
        at = source.lines
        source = _source(newer, older, at)
        if source.deed:
            steps.append(
                Step(
                    revision=newer,
                    deed=source.deed,
                    lines=at,
                    text=_said(newer, at),
                    before=_before(older, source),
                )
            )
        if not source.lines:
            break
    return steps


def spans(steps: Sequence[Step]) -> list[Span]:
    """The words of a line by the version that each comes from, from its history."""
    words: list[str] = []
    owners: list[int] = []
    for step in reversed(steps):
        come = marks.WORD.findall(" ".join(step.text.split()))
        owners = [
            step.revision.number if at is None else owners[at]
            for at in wrapping.align(words, come)
        ]
        words = come
    found: list[Span] = []
    for word, number in zip(words, owners, strict=True):
        # A space belongs to the words that it follows.
        if found and (found[-1].number == number or not word.strip()):
            found[-1] = Span(found[-1].number, found[-1].text + word)
        else:
            found.append(Span(number, word))
    return found


def replay(revision: Revision) -> Authored:
    """Blame and origins of a revision, worked out anew from the first one on."""
    states: dict[int, Authored] = {}
    now = Authored()
    for row in _rows(revision).order_by("number"):
        text = row.content or ""
        diff = diffs.compare(now.text, text)
        now = blame.carry(now, text, diff, path=row.path, number=row.number)
        came_back = _came_back_from(row.version)
        known = [n for n in states if came_back and n <= came_back]
        if known:
            older = states[max(known)]
            back = diffs.compare(older.text, text)
            now = blame.revive(now, older, back, number=row.number)
        states[row.number] = now
    return now


def _rows(revision: Revision) -> QuerySet[Revision]:
    """The revisions of a memory up to this one."""
    return Revision.objects.filter(
        memory=revision.memory_id, number__lte=revision.number
    ).select_related("version__reverts")


def _pairs(revision: Revision) -> Iterator[tuple[Revision, Revision | None]]:
    """Each revision with the one before it, newest first."""
    newer: Revision | None = None
    for row in _rows(revision).order_by("-number").iterator(chunk_size=CHUNK):
        if newer is not None:
            yield newer, row
        newer = row
    if newer is not None:
        yield newer, None


def _came_back_from(version: Version) -> int:
    """For a rollback, the version at or below which its texts stood; else 0."""
    if version.reverts is None:
        return 0
    undone = version.kind == Version.Kind.UNDO
    return version.reverts.number - 1 if undone else version.reverts.number


def _source(newer: Revision, older: Revision | None, at: tuple[int, ...]) -> Source:
    """Where these lines of a revision stood before it."""
    was, text = (older.content if older else "") or "", newer.content or ""
    diff = _diff(newer, was, text)
    same = blame.same_lines(was, text, diff)
    if all(line in same for line in at):
        moved = {m.new + k for m in diff.moves for k in range(m.size)}
        deed: Deed | Literal[""] = "moved" if moved.intersection(at) else ""
        return Source(deed, tuple(same[line] for line in at), newer.number - 1)
    number = _came_back_from(newer.version)
    if number and (found := _standing(newer, number, at)):
        return Source("brought back", found, number)
    return _reworded(newer, was, diff, at)


def _diff(newer: Revision, was: str, text: str) -> Diff:
    """The stored diff, unless a text is not the one any more that it is about."""
    stored = diffs.load(newer.diff)
    sizes = len(texts.split(was)), len(texts.split(text))
    return (
        stored
        if (stored.old_size, stored.new_size) == sizes
        else diffs.compare(was, text)
    )


def _reworded(newer: Revision, was: str, diff: Diff, at: tuple[int, ...]) -> Source:
    """Where lines stood that a revision re-wrapped, reworded or began."""
    old, text = Authored(was, rules=rules.split(was)), newer.content or ""
    kept = blame.said_before(old, text, rules.split(text), diff)
    alike = {new: (was,) for was, new in diff.alike()}
    lines = _union(alike | kept, at)
    if not lines:
        return Source("worded", (), newer.number - 1)
    deed: Deed = "re-wrapped" if all(line in kept for line in at) else "reworded"
    return Source(deed, lines, newer.number - 1)


def _standing(newer: Revision, number: int, at: tuple[int, ...]) -> tuple[int, ...]:
    """Where these lines stood in the text that came back; nothing if one did not."""
    older = _rows(newer).filter(number__lte=number).order_by("-number").first()
    was, text = (older.content if older else "") or "", newer.content or ""
    same = blame.same_lines(was, text, diffs.compare(was, text))
    return tuple(same[line] for line in at) if all(j in same for j in at) else ()


def _union(
    before: Mapping[int, tuple[int, ...]], at: tuple[int, ...]
) -> tuple[int, ...]:
    return tuple(sorted({line for j in at for line in before.get(j, ())}))


def _before(older: Revision | None, source: Source) -> str:
    """What the lines said right before; nothing where they were not there."""
    if older is None or source.deed == "brought back":
        return ""
    return _said(older, source.lines)


def _said(revision: Revision, at: tuple[int, ...]) -> str:
    """These lines of a revision."""
    lines = texts.split(revision.content or "")
    return texts.join([lines[line] for line in at])
