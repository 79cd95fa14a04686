"""Before and after, as drafts: what another system made of memory, to be decided piece by piece.

Each changed rule is one draft, and together they give the new state to the byte. Where the
head is neither side, what came in between is kept, and a place that both changed is named.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from reviews.dreams.differing import files, saying
from reviews.dreams.differing.files import Piece
from reviews.dreams.differing.words import numbers, words
from reviews.memory import folders, merges, places, rules, tokens
from reviews.memory.blame import Authored
from reviews.memory.edits import Change
from reviews.memory.merges import Choice
from reviews.proposals.drafts import Draft, DraftOperation, Scope

Texts = Mapping[str, str]
Memories = Mapping[str, Authored]

# More than this share of the rules changed or gone: not an edit but another memory.
COLLAPSED = 0.6
_UNSUPPORTED = "unsupported"


class Size(msgspec.Struct, frozen=True):
    """How much a state says."""

    rules: int
    tokens: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a store: the drafts, and what is to be said about them as a whole."""

    drafts: tuple[Draft, ...]
    before: Size
    after: Size
    # Share of the old rules that are reworded or gone.
    rewritten: float
    # Paths where both sides changed one place.
    both: tuple[str, ...] = ()

    @property
    def collapsed(self) -> bool:
        """Whether this rewrites memory as a whole: what was learnt may be lost in it."""
        return self.before.rules > 1 and self.rewritten > COLLAPSED


def between(
    head: Memories,
    before: Texts,
    after: Texts,
    *,
    source: str,
    engine: str = "",
    version: str = "",
) -> Difference:
    """The drafts that bring to the head what led from before to after.

    ``source`` names whoever changed it, to begin a sentence: "The hosted dream".
    """
    before, after = _spoken(before), _spoken(after)
    wanted, both = _onto(head, before, after)
    drafting = _Drafting(head, wanted, frozenset(both), source)
    drafts = tuple(
        msgspec.structs.replace(draft, engine=engine, engine_version=version)
        for draft in drafting.drafts()
    )
    return Difference(
        drafts=_apart(drafts),
        before=size(before.values()),
        after=size(after.values()),
        rewritten=_rewritten(before, after),
        both=tuple(sorted(both)),
    )


def size(texts: Iterable[str]) -> Size:
    """How many rules and tokens these texts have."""
    found = list(texts)
    return Size(
        sum(len(rules.split(text)) for text in found), sum(map(tokens.estimate, found))
    )


def _spoken(texts: Texts) -> dict[str, str]:
    """The texts that say something: an empty file is no memory."""
    return {path: text for path, text in texts.items() if text.strip()}


def _onto(
    head: Memories, before: Texts, after: Texts
) -> tuple[dict[str, str], set[str]]:
    """What the head would be with these changes, and where both changed one place."""
    wanted = {path: memory.text for path, memory in head.items()}
    both: set[str] = set()
    for path in before.keys() | after.keys():
        was, becomes, now = before.get(path), after.get(path), wanted.get(path)
        if becomes in (was, now):
            continue
        if becomes is None:
            wanted.pop(path, None)
            if now != was:
                both.add(path)
        elif now is None or now == was:
            wanted[path] = becomes
            if now is None and was is not None:
                both.add(path)
        else:
            merged = merges.merge(was or "", now, becomes)
            choices: list[Choice] = ["theirs"] * len(merged.conflicts)
            wanted[path] = merges.resolve(merged, choices)
            if choices:
                both.add(path)
    return wanted, both


class _Drafting:
    """Turns a head and what it should be into drafts."""

    def __init__(
        self, head: Memories, wanted: Texts, both: frozenset[str], source: str
    ) -> None:
        self.head, self.wanted = head, wanted
        self.both, self.source = both, source
        self.renames = _renames(head, wanted)

    def drafts(self) -> list[Draft]:
        """Renames, then memory by memory in the order of paths."""
        found = [self._rename(old, new) for old, new in self.renames.items()]
        came = set(self.renames.values())
        inside: list[tuple[str, Piece]] = []
        for path in sorted(self.head.keys() | self.wanted.keys()):
            if path in self.renames or path in came:
                continue
            if path not in self.wanted:
                found.append(self._end(path))
            elif path not in self.head:
                found.append(self._begin(path))
            else:
                pieces = files.pieces(self.head[path], self.wanted[path], path)
                inside += [(path, piece) for piece in pieces]
        return found + [self._piece(path, piece) for path, piece in _joined(inside)]

    def _rename(self, old: str, new: str) -> Draft:
        change = Change(kind="rename", path=old, new_path=new)
        return self._draft("renamed", (change,), f"Rename {old} to {new}")

    def _end(self, path: str) -> Draft:
        change = Change(kind="delete", path=path, before=self.head[path].text)
        return self._draft("removed", (change,), f"Delete {path}")

    def _begin(self, path: str) -> Draft:
        text = self.wanted[path]
        change = Change(kind="add", path=path, after=text, behind=(places.WHOLE,))
        return self._draft("added", (change,), f"Begin {path}: {saying.first(text)}")

    def _piece(self, path: str, piece: Piece) -> Draft:
        draft = self._draft(
            piece.kind, piece.changes, saying.title(path, piece.kind, piece.changes)
        )
        if piece.kind == "reorganised":
            return msgspec.structs.replace(draft, confidence=0.2)
        gone = Counter[str]()
        for change in piece.changes:
            if change.kind == "edit" and not change.rule:
                gone += saying.told(change.before) - saying.told(change.after)
        if gone:
            return msgspec.structs.replace(draft, flags=(*draft.flags, "deletes"))
        return draft

    def _draft(self, kind: str, changes: tuple[Change, ...], title: str) -> Draft:
        path = changes[0].path
        scope, scope_of = _scope(path)
        return Draft(
            fingerprint=_fingerprint(kind, changes),
            family="hygiene",
            kind=kind,
            title=" ".join(title.split())[:290],
            operations=tuple(
                DraftOperation(**msgspec.structs.asdict(change)) for change in changes
            ),
            scope=scope,
            scope_of=scope_of,
            because=self._because(kind, changes),
            flags=(_UNSUPPORTED,),
        )

    def _because(self, kind: str, changes: Sequence[Change]) -> str:
        """Whose change it is, and what a reader should know before deciding."""
        said = [f"{self.source} {saying.DID[kind]}."]
        if self.both.intersection(change.path for change in changes):
            said.append("This memory was changed here in the meantime, too.")
        if kind == "removed" and (elsewhere := self._elsewhere(changes[0])):
            said.append(f"The same words stand in {elsewhere} afterwards.")
        shifted = [
            change
            for change in changes
            if change.kind == "edit" and numbers(change.before) != numbers(change.after)
        ]
        if shifted and kind == "reworded":
            said.append("Numbers change.")
        return " ".join(said)

    def _elsewhere(self, change: Change) -> str:
        if not words(change.before):
            return ""
        return next(
            (p for p in sorted(self.wanted) if change.before in self.wanted[p]), ""
        )


def _renames(head: Memories, wanted: Texts) -> dict[str, str]:
    """Old paths by new ones where the text is the same; each is used once."""
    came = sorted(wanted.keys() - head.keys())
    renames: dict[str, str] = {}
    for old in sorted(head.keys() - wanted.keys()):
        text = head[old].text
        new = next((path for path in came if wanted[path] == text), None)
        if new is not None and text:
            came.remove(new)
            renames[old] = new
    return renames


def _joined(found: Sequence[tuple[str, Piece]]) -> list[tuple[str, Piece]]:
    """A rule that left one memory word for word and came to another is one matter."""
    came = {
        piece.changes[0].after: place
        for place, (_, piece) in enumerate(found)
        if piece.kind == "added" and piece.changes[0].kind == "add"
    }
    taken: dict[int, Piece] = {}
    rest: list[tuple[str, Piece]] = []
    for place, (path, piece) in enumerate(found):
        target = came.get(piece.changes[0].before) if piece.kind == "removed" else None
        if target is None or target in taken or found[target][0] == path:
            rest.append((path, piece))
            continue
        taken[target] = piece
        changes = (*piece.changes, *found[target][1].changes)
        rest.append((path, Piece(kind="moved", changes=changes)))
        rest = [one for one in rest if one is not found[target]]
        found = [*found[:place], (path, piece), *found[place + 1 :]]
    gone = {id(found[target][1]) for target in taken}
    return [one for one in rest if id(one[1]) not in gone]


def _scope(path: str) -> tuple[Scope, str]:
    """Whose a path is."""
    _, kind, *rest = folders.holding(path).split("/")
    if kind == "agents":
        return "agent", rest[0]
    return ("person", rest[0]) if kind == "people" else ("store", "")


def _fingerprint(kind: str, changes: Sequence[Change]) -> str:
    """What a change is known by when it comes again in other words."""
    parts = ["difference", kind]
    for change in changes:
        parts += [change.kind, change.path, change.new_path]
        if change.kind == "edit" and not change.rule:
            sides = list(
                (saying.told(change.before) - saying.told(change.after)).elements()
            )
            come = list(
                (saying.told(change.after) - saying.told(change.before)).elements()
            )
            parts += [_key(" ".join(sides)), _key(" ".join(come))]
        else:
            parts += [_key(change.before), _key(change.after)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _key(text: str) -> str:
    about = sorted(words(text)) or [text.strip()]
    return " ".join([*about, *numbers(text)])


def _apart(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Two drafts about one thing are counted, so that neither hides the other."""
    seen: Counter[str] = Counter()
    found = []
    for draft in drafts:
        number = seen[draft.fingerprint]
        seen[draft.fingerprint] += 1
        if number:
            again = hashlib.sha256(f"{draft.fingerprint}\0{number}".encode())
            draft = msgspec.structs.replace(draft, fingerprint=again.hexdigest())
        found.append(draft)
    return tuple(found)


def _rewritten(before: Texts, after: Texts) -> float:
    """Which share of the old rules is not there any more, word for word, anywhere."""
    was = sum((saying.told(text) for text in before.values()), Counter[str]())
    now = sum((saying.told(text) for text in after.values()), Counter[str]())
    return (was - now).total() / was.total() if was else 0.0
