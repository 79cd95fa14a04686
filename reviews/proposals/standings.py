"""What a proposal is to the store as it stands: its neighbours, and the room that is left.

Flags that neither words nor evidence can earn by themselves.
"""

from collections.abc import Iterable, Iterator, Mapping

from reviews.memory import tokens
from reviews.memory.blame import Authored
from reviews.memory.edits import Applied
from reviews.memory.models import Store
from reviews.proposals import neighbours
from reviews.proposals.drafts import DraftOperation

FLAGS = ("contradicts", "near-duplicate", "over-budget")


def flags(
    store: Store,
    operations: Iterable[DraftOperation],
    memories: Mapping[str, Authored],
    made: Applied,
) -> set[str]:
    """The flags that these operations earn; ``made`` is what they make of the memories."""
    before, after = grown(memories, made)
    over = after > before and after > store.token_budget
    found = set(_by_neighbours(list(operations), memories))
    return {*found, "over-budget"} if over else found


def weight(memories: Mapping[str, Authored]) -> int:
    """The tokens that an agent reads of these memories."""
    return sum(tokens.estimate(memory.text) for memory in memories.values())


def grown(memories: Mapping[str, Authored], made: Applied) -> tuple[int, int]:
    """The tokens of all these memories, before and after."""
    before = after = weight(memories)
    gone = {old for old, new in made.renames.items() if new in made.texts}
    for path in {*made.texts, *gone}:
        after -= tokens.estimate(memories[path].text) if path in memories else 0
        after += tokens.estimate(made.texts.get(path) or "")
    return before, after


def _by_neighbours(
    operations: list[DraftOperation], memories: Mapping[str, Authored]
) -> Iterator[str]:
    touched = {operation.rule for operation in operations if operation.rule}
    for operation in operations:
        if operation.after:
            for one in neighbours.of(operation.after, memories, touched):
                yield one.kind
