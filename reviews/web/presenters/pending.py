"""What waits to change a memory, shown on the memory itself, at the lines it is about."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from reviews.errors import DomainError
from reviews.memory import lines as texts
from reviews.memory import places, revisions, rules
from reviews.memory.blame import Authored
from reviews.memory.models import Revision, Store
from reviews.proposals import bindings, states
from reviews.proposals.blocks import Block
from reviews.proposals.models import Operation, Proposal

# So many proposals are shown at their lines; the inbox has the others.
MOST = 20
VERBS = {
    "add": "would add here",
    "edit": "would say instead",
    "delete": "would delete this",
    "rename": "would rename this memory to",
}


@dataclass(frozen=True)
class Ghost:
    """One waiting operation at its place: behind line ``line``, counted from 1."""

    proposal: Proposal
    line: int
    kind: str
    text: str
    # Why it cannot be applied as it stands, if so.
    sentence: str = ""

    @property
    def says(self) -> str:
        return VERBS[self.kind]


@dataclass(frozen=True)
class Pending:
    """Proposals of a store that would change memories: undecided, or about to apply."""

    waiting: dict[str, list[Proposal]]
    held: dict[str, list[Proposal]]

    @property
    def counts(self) -> dict[str, int]:
        """How many wait, by path."""
        return {path: len(found) for path, found in self.waiting.items()}

    @property
    def proposals(self) -> list[Proposal]:
        """Each undecided proposal once."""
        found = self.waiting.values()
        return list(dict.fromkeys(one for several in found for one in several))


def of(store: Store) -> Pending:
    """What waits, by the paths that it touches, in one query."""
    wanted = [*states.TO_DECIDE, Proposal.State.HELD]
    rows = (
        Operation.objects.filter(proposal__store=store, proposal__state__in=wanted)
        .select_related("proposal")
        .only(
            *("path", "new_path", "proposal__title", "proposal__state"),
            *("proposal__store", "proposal__wording", "proposal__risk"),
        )
        .order_by("proposal", "position")
    )
    waiting: dict[str, list[Proposal]] = defaultdict(list)
    held: dict[str, list[Proposal]] = defaultdict(list)
    for operation in rows:
        about = operation.proposal
        found = held if about.state == Proposal.State.HELD else waiting
        for path in {operation.path, operation.new_path} - {""}:
            # In order of the proposals: those of one stand together.
            if not found[path] or found[path][-1] != about:
                found[path].append(about)
    return Pending(dict(waiting), dict(held))


def ghosts(
    store: Store, revision: Revision, proposals: Sequence[Proposal]
) -> list[Ghost]:
    """Where these proposals would change the text of a head, in three queries."""
    if not proposals:
        return []
    for proposal in proposals:
        proposal.store = store
    memory = revisions.authored(revision)
    found = bindings.of_many(proposals[:MOST])
    return sorted(
        (
            Ghost(
                proposal,
                _line(memory, block),
                block.kind,
                block.new_path if block.kind == "rename" else block.after,
                "" if block.applies else block.sentence,
            )
            for proposal in proposals[:MOST]
            for block in found[proposal.pk].blocks
            if block.path == revision.path
        ),
        key=lambda ghost: ghost.line,
    )


def by_line(found: Sequence[Ghost]) -> dict[int, list[Ghost]]:
    """Ghosts by the line that they stand behind; 0 is the top."""
    lines: dict[int, list[Ghost]] = defaultdict(list)
    for ghost in found:
        lines[ghost.line].append(ghost)
    return dict(lines)


def _line(memory: Authored, block: Block) -> int:
    """Behind which line a block would change something."""
    rule = next((r for r in memory.rules if r.id == block.rule), None)
    if rule is not None:
        return rule.end
    if block.kind != "add":
        return 0
    lines = texts.split(memory.text)
    try:
        return places.find(lines, rules.outline(lines), block.heading).line
    except DomainError:
        return len(lines)
