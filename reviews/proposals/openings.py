"""Writing a new proposal: its operations placed at the head, its evidence, its risk."""

from collections.abc import Sequence

import msgspec
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory import edits, paths, versions
from reviews.memory.blame import Authored
from reviews.memory.edits import Change
from reviews.memory.models import Store
from reviews.proposals import (
    flags,
    quotations,
    resemblances,
    standings,
    states,
    wordings,
)
from reviews.proposals.drafts import Draft, DraftOperation
from reviews.proposals.models import Evidence, Operation, Proposal
from reviews.proposals.quotations import Checked
from reviews.proposals.splits import title
from reviews.proposals.wordings import Said

LONGEST_TITLE = 300


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A draft's operations as the head knows them, what the head says, and flags by that."""

    operations: tuple[DraftOperation, ...]
    memory: str
    raised: frozenset[str]


def locate(store: Store, draft: Draft) -> Located:
    """Find what each operation is about, or refuse what cannot be applied."""
    memories = versions.authored_head(store)
    operations = tuple(_located(memories, o) for o in draft.operations)
    for operation in operations:
        _check_new(memories, draft, operation)
    applied = edits.apply(memories, [_change(operation) for operation in operations])
    standing = set(memories) - set(applied.renames)
    for path in {*applied.texts, *applied.renames.values()} - set(memories):
        paths.check_free(path, standing)
    memory = "\n".join(memory.text for memory in memories.values())
    raised = standings.flags(store, operations, memories, applied)
    if draft.scope in {"store", "team"} and standings.is_widely_read(store):
        raised.add("many-agents")
    if not draft.engine:
        # Whoever edits by hand sees whose words those are.
        raised.discard("edits-a-persons")
    return Located(operations=operations, memory=memory, raised=frozenset(raised))


def write(
    store: Store,
    draft: Draft,
    located: Located,
    checked: Checked,
    *,
    by: Actor,
    returned: Proposal | None = None,
    replaces: Proposal | None = None,
    number: int | None = None,
) -> Proposal:
    """Store a proposal with everything that its page shows; store is locked already."""
    raised = screen(draft, located, checked, returned=returned is not None)
    proposal = Proposal(
        pk=number,
        store=store,
        title=_shortened(draft.title or title_of(located.operations)),
        family=draft.family,
        kind=draft.kind[:30],
        scope=draft.scope,
        scope_of=draft.scope_of[:120],
        fingerprint=draft.fingerprint,
        engine=draft.engine[:40],
        engine_version=draft.engine_version[:40],
        because=draft.because,
        counts=draft.counts,
        confidence=min(1.0, max(0.0, draft.confidence)),
        impact=draft.impact,
        flags=list(raised),
        risk=flags.risk(raised),
        alternatives=list(draft.alternatives),
        trigger=draft.trigger,
        groups=sorted(set(draft.groups)),
        people=sorted(set(draft.people)),
        base=store.head,
        by=str(by),
        returned=returned,
    )
    if replaces is not None:
        # Only one may wait: the old one makes room before the new one takes its place.
        states.move(replaces, Proposal.State.SUPERSEDED, settled_at=timezone.now())
    proposal.save(force_insert=True)
    _write_operations(proposal, located, checked, by)
    resemblances.mark(proposal)
    ledger.record(
        by,
        "proposal.opened",
        proposal,
        team=store.team,
        reason=draft.because,
        fingerprint=draft.fingerprint,
        base=proposal.base,
        risk=proposal.risk,
        flags=proposal.flags,
        quotes=len(checked.quotes),
        dropped=checked.dropped,
        returned=returned.pk if returned else None,
    )
    if replaces is not None:
        _point_on(replaces, proposal, by)
    return proposal


def screen(
    draft: Draft, located: Located, checked: Checked, *, returned: bool = False
) -> tuple[str, ...]:
    """The flags of a draft, judged by what its quotes were found to be, and by memory."""
    again = ("returned",) if returned else ()
    seen = msgspec.structs.replace(
        draft,
        operations=located.operations,
        quotes=checked.quotes,
        flags=(*draft.flags, *sorted(located.raised), *again),
    )
    return flags.screen(seen, located.memory)


def title_of(operations: Sequence[DraftOperation]) -> str:
    """A title in the words of the first operation, for drafts that bring none."""
    if not operations:
        return ""
    first = operations[0]
    if first.kind == "rename":
        return f"Rename {first.path} to {first.new_path}"
    return title(first.kind, Said(first.before or first.path, first.after))


def _located(
    memories: dict[str, Authored], operation: DraftOperation
) -> DraftOperation:
    """The operation with the id and the words of the rule that it is about."""
    paths.check(operation.path)
    if operation.kind == "add" or operation.path not in memories:
        return msgspec.structs.replace(operation, rule="", before="")
    if operation.kind == "rename":
        return msgspec.structs.replace(operation, rule="", before="", after="")
    memory = memories[operation.path]
    after = operation.after if operation.kind == "edit" else ""
    named = next((r for r in memory.rules if r.id == operation.rule), None)
    if named is not None and not operation.before:
        operation = msgspec.structs.replace(operation, before=named.text)
    rule = edits.find(memory, _change(operation))
    return msgspec.structs.replace(
        operation,
        rule=rule.id if rule else "",
        before=rule.text if rule else memory.text,
        after=after,
    )


def _check_new(
    memories: dict[str, Authored], draft: Draft, operation: DraftOperation
) -> None:
    """Refuse what memory says already, word for word."""
    before, after = operation.before, operation.after
    if operation.rule:
        # Of a rule only the words count; of a memory as a whole, its layout does too.
        before, after = before.strip(), after.strip()
    if operation.kind == "edit" and before == after:
        raise edits.AlreadyThere(
            f"{operation.path} says this already.", path=operation.path
        )
    if operation.kind != "add" or draft.scope in {"agent", "person"}:
        return
    wanted = _folded(operation.after)
    for path, memory in memories.items():
        if any(_folded(rule.text) == wanted for rule in memory.rules):
            raise edits.AlreadyThere(f"{path} says this already.", path=path)


def _write_operations(
    proposal: Proposal, located: Located, checked: Checked, by: Actor
) -> None:
    """Operations, their first wording, and the evidence for each."""
    rows = [
        Operation(
            proposal=proposal,
            position=position,
            kind=operation.kind,
            path=operation.path,
            new_path=operation.new_path,
            heading=list(operation.heading),
            behind=list(operation.behind),
            rule=operation.rule,
            before=operation.before,
            before_sha256=quotations.sha256(operation.before),
        )
        for position, operation in enumerate(located.operations)
    ]
    Operation.objects.bulk_create(rows)
    said = {
        position: Said(operation.before, operation.after)
        for position, operation in enumerate(located.operations)
    }
    wordings.write(proposal, 1, rows, said, by=by)
    Evidence.objects.bulk_create(quotations.rows(checked, rows))


def _point_on(old: Proposal, new: Proposal, by: Actor) -> None:
    """Let a superseded proposal say what came in its place."""
    old.superseded_by = new
    old.save(update_fields=["superseded_by"])
    ledger.record(
        by, "proposal.superseded", old, team=new.store.team, superseded_by=new.pk
    )


def _change(operation: DraftOperation) -> Change:
    return Change(
        kind=operation.kind,
        path=operation.path,
        heading=operation.heading,
        behind=operation.behind,
        rule=operation.rule,
        before=operation.before,
        after=operation.after,
        new_path=operation.new_path,
    )


def _folded(text: str) -> str:
    """A text without what does not change its meaning: case, spaces, a final stop."""
    return " ".join(text.casefold().split()).rstrip(".")


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
