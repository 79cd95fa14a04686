"""The operations of a proposal as its page shows them, bound to the head as it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from reviews.memory import blame, versions
from reviews.memory.blame import Authored
from reviews.proposals import (
    bindings,
    flags,
    links,
    neighbours,
    standings,
    telltales,
    ticks,
    wordings,
)
from reviews.proposals.bindings import Binding, Block
from reviews.proposals.flags import Flag
from reviews.proposals.models import Evidence, Operation, Proposal, Wording
from reviews.proposals.neighbours import Neighbour
from reviews.proposals.rebases import Beside
from reviews.web.dossiers import Author, Dossier
from reviews.web.presenters.diffs import Change, present
from reviews.web.presenters.proposals import changes

# More of a flagged stretch than this is not quoted beside its flag.
QUOTED = 60


@dataclass(frozen=True)
class Laid:
    """A proposal laid out: its operations and wordings, bound to the head as it is."""

    operations: list[Operation]
    # Oldest first.
    wordings: list[Wording]
    memories: Mapping[str, Authored]
    binding: Binding


@dataclass(frozen=True)
class Marked:
    """Words that earn a flag."""

    flag: Flag
    words: str


@dataclass(frozen=True)
class Gone:
    """What is known of a rule that would be deleted: who approved it."""

    number: int
    author: Author


@dataclass(frozen=True)
class Card:
    """One operation: its diff against the head, and all that is known about it."""

    block: Block
    operation: Operation
    change: Change
    says: str
    included: bool
    # Positions of the operations that go with it, itself left out.
    linked: tuple[int, ...]
    marked: list[Marked]
    neighbours: list[Neighbour]
    gone: list[Gone]
    # Whether this person has viewed it in these words.
    viewed: bool
    # Whether there is a memory at its path yet.
    there: bool
    # From the words that it came with to the newest; None: they are the same.
    reworded: Change | None = None
    # From the wording that this person saw last.
    since: Change | None = None
    # What changed in the lines around it since it was written.
    beside: Change | None = None

    @property
    def number(self) -> int:
        """What people call it by, from 1."""
        return self.block.position + 1

    @property
    def with_it(self) -> str:
        """The numbers of those that go with it."""
        return " and ".join(str(position + 1) for position in self.linked)


@dataclass(frozen=True)
class Weight:
    """The tokens that agents would read, against what the store may have."""

    before: int
    after: int
    budget: int

    @property
    def over(self) -> bool:
        return self.after > self.budget

    @property
    def change(self) -> str:
        return f"{self.after - self.before:+,}".replace("-", "\N{MINUS SIGN}")


def lay_out(
    proposal: Proposal, written: Sequence[Wording], number: int | None = None
) -> Laid:
    """Fetch the operations with their evidence, and the head; bind a wording to it."""
    quotes = Evidence.objects.order_by("position").select_related("trace")
    operations = list(
        proposal.operations.order_by("position").prefetch_related(
            Prefetch("evidence", quotes.defer("trace__search"))
        )
    )
    memories = versions.authored_head(proposal.store)
    shown = next((one for one in written if one.number == number), written[-1])
    binding = bindings.bind(shown, operations, memories, proposal.store.head)
    return Laid(operations, list(written), memories, binding)


def cards(
    laid: Laid,
    dossier: Dossier,
    *,
    included: Collection[int] | None = None,
    since: int | None = None,
    moved: Sequence[Beside] = (),
) -> list[Card]:
    """Every operation of a proposal, in order."""
    touched = {block.rule for block in laid.binding.blocks if block.rule}
    return [
        Card(
            block=block,
            operation=operation,
            change=_change(block, laid),
            says=_says(block),
            included=included is None or block.position in included,
            linked=tuple(
                sorted(
                    links.with_linked(laid.binding.blocks, block.position)
                    - {block.position}
                )
            ),
            marked=_marked(block),
            neighbours=neighbours.of(block.after, laid.memories, touched),
            gone=_gone(block, laid, dossier),
            viewed=dossier.ticks.get(block.position) == ticks.seal(block.after),
            there=block.path in laid.memories,
            reworded=_between(operation, laid, 1),
            since=_between(operation, laid, since) if since else None,
            beside=_beside(block, moved),
        )
        for block, operation in zip(laid.binding.blocks, laid.operations, strict=True)
    ]


def preview(
    laid: Laid, included: Collection[int] | None, budget: int
) -> tuple[list[Change], Weight]:
    """Whole memories as agents would read them after it, and what the store weighs then."""
    blocks = [
        block
        for block in laid.binding.blocks
        if block.applies and (included is None or block.position in included)
    ]
    made = bindings.made(laid.memories, blocks)
    before, after = standings.grown(laid.memories, made)
    shown = changes(bindings.outcomes(laid.memories, blocks)) if blocks else []
    return shown, Weight(before, after, budget)


def _change(block: Block, laid: Laid) -> Change:
    """Against what stands there now; a redacted or moved text is compared anew."""
    shown = next(w for w in laid.wordings if w.number == laid.binding.wording)
    stored = shown.diffs.get(str(block.position)) if block.standing == "fresh" else None
    # The card says the path already.
    return present(block.before or "", block.after, stored=stored)


def _says(block: Block) -> str:
    if block.kind == Operation.Kind.EDIT:
        # The diff says it by itself.
        return ""
    under = " / ".join(block.heading)
    place = f" under “{under}”" if under else ""
    lines = block.after.strip().count("\n") + 1
    if block.kind == Operation.Kind.ADD and not under and lines > 1:
        return f"Adds {lines} lines."
    return {
        "add": f"Adds a rule{place}.",
        "delete": f"Deletes a rule{place}.",
        "rename": f"Moves it to {block.new_path}.",
    }[block.kind]


def _marked(block: Block) -> list[Marked]:
    """The words that earn a flag; what an edit weakens stands in the diff itself."""
    before, text = block.before or "", block.after
    found = (
        Marked(flags.FLAGS[one.flag], _shortened(text[one.start : one.end]))
        for one in telltales.found(text, before)
        if one.flag != "weakens"
    )
    return list(dict.fromkeys(found))


def _shortened(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= QUOTED else f"{plain[: QUOTED - 1]}…"


def _gone(block: Block, laid: Laid, dossier: Dossier) -> list[Gone]:
    """Who approved the lines of a rule that would go."""
    memory = laid.memories.get(block.path)
    if block.kind != Operation.Kind.DELETE or memory is None:
        return []
    rule = next((one for one in memory.rules if one.id == block.rule), None)
    lines = blame.expand(memory.runs)
    wrote = lines[rule.start : rule.end] if rule else lines
    return [
        Gone(number, dossier.authors[number])
        for number in sorted(set(wrote))
        if number in dossier.authors
    ]


def _between(operation: Operation, laid: Laid, number: int) -> Change | None:
    """What changed from one wording to the newest."""
    old = next((one for one in laid.wordings if one.number == number), None)
    if old is None:
        return None
    first, last = (
        wordings.said(one, operation).after for one in (old, laid.wordings[-1])
    )
    return present(first, last) if first != last else None


def _beside(block: Block, moved: Sequence[Beside]) -> Change | None:
    found = next((one for one in moved if one.position == block.position), None)
    return present(found.before, found.now) if found else None
