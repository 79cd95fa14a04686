"""Operations that only make sense together: a rule that moves, a memory that is renamed.

Pure. Such operations are included or left out together: half a move loses a rule, or
says it twice.
"""

from collections.abc import Collection, Sequence

from rapidfuzz import fuzz

from reviews.errors import Invalid
from reviews.proposals.blocks import Block

# How alike what goes and what comes have to be for it to be one rule that moves.
MOVED = 80


def groups(blocks: Sequence[Block]) -> list[frozenset[int]]:
    """Positions of operations that belong together; those alone are left out."""
    found: list[set[int]] = []
    for number, one in enumerate(blocks):
        for other in blocks[number + 1 :]:
            if _belong(one, other):
                pair = {one.position, other.position}
                joined = [group for group in found if group & pair]
                found = [group for group in found if not group & pair]
                found.append(pair.union(*joined))
    return [frozenset(group) for group in found]


def with_linked(blocks: Sequence[Block], position: int) -> frozenset[int]:
    """An operation and those that go with it."""
    linked = (group for group in groups(blocks) if position in group)
    return next(linked, frozenset({position}))


def check(blocks: Sequence[Block], included: Collection[int]) -> None:
    """Refuse a selection that tears apart what belongs together."""
    for group in groups(blocks):
        inside = group & set(included)
        if inside and inside != group:
            names = " and ".join(str(position + 1) for position in sorted(group))
            raise Invalid(
                f"Operations {names} belong together: approve both, or neither.",
                field="included",
            )


def _belong(one: Block, other: Block) -> bool:
    if "rename" in (one.kind, other.kind):
        renamed = one if one.kind == "rename" else other
        rest = other if renamed is one else one
        return rest.path in (renamed.path, renamed.new_path)
    if one.rule and (one.path, one.rule) == (other.path, other.rule):
        return True
    gone, come = (one, other) if one.kind == "delete" else (other, one)
    if gone.kind != "delete" or come.kind != "add":
        return False
    return fuzz.ratio(gone.base.strip(), come.after.strip()) >= MOVED
