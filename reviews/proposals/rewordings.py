"""The next wording of a proposal, and what it changes about the whole."""

from collections.abc import Mapping

from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.memory import versions
from reviews.memory.blame import Authored
from reviews.memory.edits import Applied
from reviews.proposals import (
    bindings,
    drafts,
    flags,
    splits,
    standings,
    states,
    turns,
    wordings,
)
from reviews.proposals.bindings import Binding, Block
from reviews.proposals.models import Approval, Operation, Proposal, Wording
from reviews.proposals.wordings import Said

# Flags that words earn; the others speak of evidence and stay as they are.
OF_WORDS = frozenset(
    {
        "instruction-like",
        "invisible-characters",
        "disguised",
        "secret",
        "personal-data",
        "new-address",
        "widening",
        "weakens",
        "destructive",
        "money",
        "permissions",
        "deletes",
        "deletes-a-persons",
        "edits-a-persons",
        "numbers-changed",
        "contradicts",
        "near-duplicate",
        "over-budget",
        "long",
    }
)
REWORDABLE = (Operation.Kind.ADD, Operation.Kind.EDIT)


def write(
    proposal: Proposal,
    binding: Binding,
    texts: Mapping[int, str],
    *,
    by: Actor,
    reason: str = "",
) -> Wording:
    """Store other words for some operations, written against the head as it is.

    Approvals so far were about other words: they are void. Flags and risk are those of
    the new words. The proposal is locked already.
    """
    said = {block.position: _said(block, texts) for block in binding.blocks}
    _check(binding, texts)
    number = proposal.wording + 1
    operations = list(proposal.operations.order_by("position"))
    proposal.title = _title(proposal, operations[0], said[operations[0].position])
    wording = wordings.write(proposal, number, operations, said, by=by)
    turns.reset(proposal, by=by)
    Approval.objects.filter(proposal=proposal, void_at__isnull=True).update(
        void_at=timezone.now()
    )
    proposal.wording = number
    proposal.flags = screen(proposal, operations, wording)
    proposal.risk = flags.risk(tuple(proposal.flags))
    proposal.attention = ""
    changed = ["wording", "title", "flags", "risk", "attention"]
    proposal.save(update_fields=changed)
    if proposal.state != Proposal.State.OPEN:
        states.move(proposal, Proposal.State.OPEN)
    turns.acted(proposal, by)
    ledger.record(
        by,
        "proposal.reworded",
        proposal,
        team=proposal.store.team,
        reason=reason,
        wording=number,
        positions=sorted(texts),
        sha256=wording.sha256,
    )
    return wording


def screen(
    proposal: Proposal, operations: list[Operation], wording: Wording
) -> list[str]:
    """The flags of these words, with those that the evidence had earned."""
    memories = versions.authored_head(proposal.store)
    binding = bindings.bind(wording, operations, memories, proposal.store.head)
    changes = tuple(_change(block) for block in binding.blocks)
    made = bindings.made(memories, binding.blocks)
    draft = drafts.Draft(
        fingerprint=proposal.fingerprint,
        family="manual",
        kind=proposal.kind,
        title=proposal.title,
        operations=changes,
        flags=(
            *(flag for flag in proposal.flags if flag not in OF_WORDS),
            *sorted(_standing(proposal, changes, memories, made)),
        ),
    )
    memory = "\n".join(memory.text for memory in memories.values())
    return list(flags.screen(draft, memory))


def _standing(
    proposal: Proposal,
    changes: tuple[drafts.DraftOperation, ...],
    memories: Mapping[str, Authored],
    made: Applied,
) -> set[str]:
    """What the words are to the store, as when the proposal was opened."""
    found = standings.flags(proposal.store, changes, memories, made)
    return found if proposal.engine else found - {"edits-a-persons"}


def _change(block: Block) -> drafts.DraftOperation:
    return drafts.DraftOperation(
        kind=block.kind,  # type: ignore[arg-type]
        path=block.path,
        rule=block.rule,
        before=block.base,
        after=block.after,
    )


def _title(proposal: Proposal, first: Operation, said: Said) -> str:
    """The title in the new words, if it was in the old ones; any other stays."""
    old = wordings.said(wordings.newest(proposal), first)
    in_old_words = proposal.title == splits.title(first.kind, old)
    return splits.title(first.kind, said) if in_old_words else proposal.title


def _said(block: Block, texts: Mapping[int, str]) -> Said:
    """Before and after of one operation in the next wording."""
    if block.kind == Operation.Kind.ADD:
        return Said("", texts.get(block.position, block.after))
    if block.position in texts:
        before = block.base if block.before is None else block.before
        return Said(before, texts[block.position])
    if block.standing == "merged" and block.before is not None:
        return Said(block.before, block.after)
    return Said(block.base, block.after)


def _check(binding: Binding, texts: Mapping[int, str]) -> None:
    """Refuse words for what has none, and words that say nothing."""
    kinds = {block.position: block.kind for block in binding.blocks}
    if not texts:
        raise Invalid("Nothing is worded differently.", field="texts")
    for position, text in texts.items():
        if kinds.get(position) == Operation.Kind.DELETE and not text:
            # Said again of a rule that has changed since: it goes as it is now.
            continue
        if kinds.get(position) not in REWORDABLE:
            raise Invalid(f"Operation {position} has no words of its own.")
        if not text.strip():
            raise Invalid("A rule has to say something.", field=f"text-{position}")
