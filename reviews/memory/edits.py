"""Changes applied to texts: a rule added, edited or deleted, a memory renamed.

Pure: nothing is written here. A rule is found by its id and must still say what the
change was written against; where it stands does not matter. A rule is added behind the
last one under its heading, so that two additions never make each other stale.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from reviews.errors import DomainError, Invalid
from reviews.memory import blame, diffs, paths, places, rules
from reviews.memory import lines as texts
from reviews.memory.blame import Authored
from reviews.memory.rules import Rule

ChangeKind = Literal["add", "edit", "delete", "rename"]
# Whoever changes more rules than this at once has rewritten the memory.
MOST_RULES = 20


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked for at one path.

    Without a rule, an edit or a deletion is about the whole memory when ``before`` is
    its whole text, or about the one rule that says exactly ``before``. An addition goes
    behind the first of ``behind`` (``places.mark``) that is there, else to the top of its
    section; without any it goes to the end.
    """

    kind: ChangeKind
    path: str
    heading: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    rule: str = ""
    before: str = ""
    after: str = ""
    new_path: str = ""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What changes made of the texts: only what differs, None where a memory ends.

    Texts of renamed memories stand under their new paths.
    """

    texts: dict[str, str | None]
    renames: dict[str, str]


class RuleMoved(DomainError):
    """The rule no longer says what this change was written against."""

    code = "rule-moved"


class RuleGone(DomainError):
    """The rule is no longer there."""

    code = "rule-gone"


class MemoryGone(DomainError):
    """There is no memory at this path any more."""

    code = "memory-gone"


class AlreadyThere(DomainError):
    """The memory says this already."""

    code = "already-there"


def apply(memories: Mapping[str, Authored], changes: Iterable[Change]) -> Applied:
    """All the changes together, or a refusal that names the first that cannot be."""
    by_path: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_path[change.path].append(change)
    renames = _renames(memories, by_path)
    written: dict[str, str | None] = {}
    for path, asked in by_path.items():
        memory = memories.get(path)
        text = _apply_here(memory, path, [c for c in asked if c.kind != "rename"])
        if text != (memory.text if memory else None):
            written[renames.get(path, path)] = text
            if text is None:
                # A memory that ends goes nowhere.
                written[path] = written.pop(renames.pop(path, path))
    return Applied(texts=written, renames=renames)


def _renames(
    memories: Mapping[str, Authored], by_path: Mapping[str, Sequence[Change]]
) -> dict[str, str]:
    """New paths by old ones, checked against the path rules and against each other."""
    renames: dict[str, str] = {}
    for path, asked in by_path.items():
        for change in asked:
            if change.kind != "rename":
                continue
            paths.check(change.new_path)
            memory = _existing(memories, path)
            if change.before and change.before != memory.text:
                raise _moved(change, memory.text)
            if path in renames:
                raise Invalid(f"{path} is renamed twice.", path=path)
            renames[path] = change.new_path
    return renames


def _apply_here(
    memory: Authored | None, path: str, changes: Sequence[Change]
) -> str | None:
    """One memory's text after its changes; None when nothing is left of it."""
    additions = [change for change in changes if change.kind == "add"]
    others = [change for change in changes if change.kind != "add"]
    if memory is None:
        if others:
            raise MemoryGone(f"There is no memory at {path} any more.", path=path)
        paths.check(path)
        text: str | None = ""
    else:
        text = _replaced(memory, others)
    for change in additions:
        whole = places.WHOLE in change.behind or _is_whole(change.after)
        begins = memory is None and text == "" and whole
        text = change.after if begins else add(text or "", change)
    return text


def between(memory: Authored, new: str, path: str) -> tuple[Change, ...]:
    """The changes that make a new text of a memory: rule by rule where that is enough.

    Changes of rules commute with what others do beside them; what they cannot say,
    such as another order, is one change of the whole memory.
    """
    if not rules.split(new):
        return (Change(kind="delete", path=path, before=memory.text),)
    changes = tuple(_by_rule(memory, new, path))
    if len(changes) <= MOST_RULES:
        try:
            if apply({path: memory}, changes).texts.get(path) == new:
                return changes
        except DomainError:
            pass
    return (Change(kind="edit", path=path, before=memory.text, after=new),)


def _by_rule(memory: Authored, new: str, path: str) -> Iterator[Change]:
    """What became of each rule, as far as rules can say it."""
    diff = diffs.compare(memory.text, new)
    becomes = blame.carry(memory, new, diff, path=path, number=0).rules
    old, now = ({rule.id: rule for rule in r} for r in (memory.rules, becomes))
    for name, rule in old.items():
        if name not in now:
            yield Change(kind="delete", path=path, rule=name, before=rule.text)
        elif now[name].text != rule.text:
            after = now[name].text
            yield Change(
                kind="edit", path=path, rule=name, before=rule.text, after=after
            )
    for name, rule in now.items():
        if name not in old:
            yield Change(kind="add", path=path, heading=rule.heading, after=rule.text)


def add(text: str, change: Change) -> str:
    """The text with one more rule, under its heading."""
    _check_says_something(change)
    if change.after.strip() in {rule.text.strip() for rule in rules.split(text)}:
        raise AlreadyThere(f"{change.path} says this already.", path=change.path)
    new = places.insert(text, change.heading, change.after, change.behind)
    _check_nothing_lost(text, new, change)
    return new


def _check_nothing_lost(text: str, new: str, change: Change) -> None:
    """Refuse an addition that would take what stands below it into itself.

    An indented heading right under a new bullet becomes a part of that bullet.
    """
    was, now = (rules.outline(texts.split(one)) for one in (text, new))
    missing = Counter(h.text for h in was.headings) - Counter(
        h.text for h in now.headings
    )
    missing += Counter(r.text for r in was.rules) - Counter(r.text for r in now.rules)
    if missing:
        raise places.PlaceUnclear(
            f"A rule cannot be added there without changing what stands below it in {change.path}.",
            path=change.path,
        )


def find(memory: Authored, change: Change) -> Rule | None:
    """The rule that a change is about; None when it is about the whole memory."""
    rule = next((r for r in memory.rules if r.id == change.rule), None)
    if rule is not None:
        if not _says(memory, rule, change.before):
            raise _moved(change, rule.text)
        return rule
    whole = change.before == memory.text or not change.before
    if not change.rule and whole and (change.before or change.kind == "delete"):
        return None
    # A rule that went and came back by hand has another id, and says the same.
    saying = [r for r in memory.rules if _says(memory, r, change.before)]
    if not saying:
        raise RuleGone(
            f"The rule is no longer in {change.path}.",
            path=change.path,
            rule=change.rule,
        )
    if len(saying) > 1:
        raise Invalid(
            f"{len(saying)} rules in {change.path} say this; name one by its id.",
            path=change.path,
        )
    return saying[0]


def _replaced(memory: Authored, changes: Sequence[Change]) -> str | None:
    """The text after its edits and deletions, each at its own rule."""
    found = [(find(memory, change), change) for change in changes]
    if any(rule is None for rule, _ in found):
        return _whole([change for _, change in found])
    at = {rule.start: (rule, change) for rule, change in found if rule is not None}
    if len(at) < len(found):
        raise Invalid("Two changes are about the same rule.", path=changes[0].path)
    lines = texts.split(memory.text)
    for start in sorted(at, reverse=True):
        rule, change = at[start]
        if change.kind == "edit":
            _check_says_something(change)
            lines[rule.start : rule.end] = places.reworded(lines, rule, change.after)
        else:
            places.remove(lines, rule)
    if at and not rules.outline(lines).rules:
        return None
    return texts.join(lines, ended=texts.is_ended(memory.text))


def _whole(changes: Sequence[Change]) -> str | None:
    """The text after a change of the whole memory, which must be the only one."""
    if len(changes) > 1:
        raise Invalid(
            "A change of the whole memory stands alone.", path=changes[0].path
        )
    return changes[0].after if changes[0].kind == "edit" else None


def _is_whole(after: str) -> bool:
    """Whether an addition is a text of its own, which begins a memory as it stands."""
    outline = rules.outline(texts.split(after))
    return after.endswith("\n") or bool(outline.headings) or len(outline.rules) > 1


def _says(memory: Authored, rule: Rule, before: str) -> bool:
    """Whether a rule says exactly this, with or without its marker."""
    if rule.text == before:
        return True
    lines = texts.split(memory.text)[rule.start : rule.end]
    return "\n".join(lines) == before.rstrip("\n")


def _existing(memories: Mapping[str, Authored], path: str) -> Authored:
    """The memory at a path, which must be there."""
    if path not in memories:
        raise MemoryGone(f"There is no memory at {path} any more.", path=path)
    return memories[path]


def _check_says_something(change: Change) -> None:
    """Refuse an empty rule."""
    if not change.after.strip():
        raise Invalid("A rule has to say something.", path=change.path)


def _moved(change: Change, found: str) -> RuleMoved:
    """The refusal with both texts in it."""
    return RuleMoved(
        f"{change.path} has changed here since this was written.",
        path=change.path,
        rule=change.rule,
        expected=change.before,
        found=found,
    )
