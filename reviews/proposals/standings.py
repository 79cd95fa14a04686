"""What a proposal is to the store as it stands: its neighbours, and the room that is left.

Flags that neither words nor evidence can earn by themselves.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from django.db.models import Q

from reviews.memory import blame, tokens
from reviews.memory.blame import Authored
from reviews.memory.edits import Applied
from reviews.memory.models import Store, Version
from reviews.proposals import neighbours
from reviews.proposals.drafts import DraftOperation
from reviews.proposals.models import Decision

FLAGS = (
    "contradicts",
    "near-duplicate",
    "over-budget",
    "deletes-a-persons",
    "edits-a-persons",
)
# A store that more agents read is a matter of more than one.
MANY_AGENTS = 5


def flags(
    store: Store,
    operations: Iterable[DraftOperation],
    memories: Mapping[str, Authored],
    made: Applied,
) -> set[str]:
    """The flags that these operations earn; ``made`` is what they make of the memories."""
    before, after = grown(memories, made)
    over = after > before and after > store.token_budget
    asked = list(operations)
    found = {*_by_neighbours(asked, memories), *_by_authors(store, asked, memories)}
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


def is_widely_read(store: Store) -> bool:
    """Whether so many agents read the store that a change concerns many."""
    return store.subscriptions.count() > MANY_AGENTS


def _by_authors(
    store: Store,
    operations: Sequence[DraftOperation],
    memories: Mapping[str, Authored],
) -> Iterator[str]:
    """Whether a person wrote, or brought in, what is deleted or edited."""
    names = {"delete": "deletes-a-persons", "edit": "edits-a-persons"}
    wrote = [
        (names[operation.kind], _authors(operation, memories))
        for operation in operations
        if operation.kind in names
    ]
    numbers = {number for _, found in wrote for number in found}
    own = _of_people(store, numbers) if numbers else set()
    for name, found in wrote:
        if found & own:
            yield name


def _authors(operation: DraftOperation, memories: Mapping[str, Authored]) -> set[int]:
    """The versions that worded the lines that an operation is about."""
    memory = memories.get(operation.path)
    if memory is None:
        return set()
    lines = blame.expand(memory.origins or memory.runs)
    rule = next((one for one in memory.rules if one.id == operation.rule), None)
    return set(lines[rule.start : rule.end] if rule else lines)


def _of_people(store: Store, numbers: Collection[int]) -> set[int]:
    """Those of these versions whose words are a person's."""
    by_hand = Q(kind__in=[Version.Kind.EDIT, Version.Kind.IMPORT])
    worded = Q(decision__verb=Decision.Verb.EDIT)
    rows = Version.objects.filter(
        by_hand | worded,
        store=store,
        number__in=numbers,
        by__startswith="person:",
    )
    return set(rows.values_list("number", flat=True))


def _by_neighbours(
    operations: list[DraftOperation], memories: Mapping[str, Authored]
) -> Iterator[str]:
    touched = {operation.rule for operation in operations if operation.rule}
    for operation in operations:
        if operation.after:
            for one in neighbours.of(operation.after, memories, touched):
                yield one.kind
