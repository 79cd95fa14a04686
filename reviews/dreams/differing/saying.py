"""What is said of a difference: one line for lists, one sentence on what was done."""

from collections import Counter
from collections.abc import Sequence

from reviews.memory import rules
from reviews.memory.edits import Change

DID = {
    "added": "added it",
    "reworded": "worded it so",
    "removed": "left it out",
    "merged": "made one rule of several",
    "split": "made several rules of one",
    "moved": "put it elsewhere, in other words",
    "rewritten": "wrote this place anew",
    "reorganised": "changed order and layout, and no words",
    "renamed": "gave it another path",
}


def title(path: str, kind: str, changes: Sequence[Change]) -> str:
    """One line for lists, in the words of what changes."""
    change = changes[0]
    if kind == "reorganised":
        return f"Reorganise {path}: order and layout, no words"
    if change.kind == "edit" and not change.rule:
        new = told(change.after) - told(change.before)
        said = next(iter(new), "") or next(
            iter(told(change.before) - told(change.after)), path
        )
        verb = "Add to" if kind == "added" else "Rewrite a part of"
        return f"{verb} {path}: {first(said)}"
    if kind == "removed":
        return f"Delete: {first(change.before)}"
    if kind == "merged":
        count = sum(c.kind == "delete" for c in changes)
        count += change.kind == "edit"
        return f"Merge {count} rules: {first(change.after)}"
    if kind == "split":
        return f"Split a rule: {first(change.before)}"
    if kind == "moved":
        return f"Move: {first(changes[-1].after)}"
    return first(change.after)


def first(text: str) -> str:
    """The first words of a text, without what marks a heading or a bullet."""
    split = rules.split(text)
    words = split[0].text if split else text
    return words.strip().partition("\n")[0][:200]


def told(text: str) -> Counter[str]:
    """The rules of a text, as often as each is there."""
    return Counter(rule.text for rule in rules.split(text))
