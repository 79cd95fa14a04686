"""Rollback requests: what carrying one out means for the proposals that it takes back.

Which those are is frozen in the request's trigger. Nothing happens to them before the
request is applied, and nothing if somebody has taken them back by then.
"""

from collections.abc import Collection

from reviews.audit.actors import Actor
from reviews.memory import edits, versions
from reviews.memory.models import Version
from reviews.proposals import locks, previews, takebacks
from reviews.proposals.models import Decision, Proposal
from reviews.proposals.previews import NotApplied, Preview


def named(preview: Preview) -> dict[str, str]:
    """What a request says that it takes back, as plain values."""
    trigger = {"undoes": " ".join(str(proposal.pk) for proposal in preview.undone)}
    if preview.verb == "restore":
        trigger["restores"] = str(preview.version.number)
    return trigger


def lock(request: Proposal) -> None:
    """Lock what a request will touch, before the ledger's head is; else nothing.

    The store is locked already.
    """
    asked = previews.asked_back(request)
    if not asked:
        return
    if number := request.trigger.get("restores"):
        moved = previews.moved_by(request.store, int(number))
    else:
        found = Proposal.objects.filter(store=request.store, pk__in=asked)
        moved = {key for one in found for key in previews.asked_back(one)}
    locks.take_each(asked | moved)
    locks.take_policies(request.store.team_id)


def check(request: Proposal) -> None:
    """Refuse a request whose proposals have all been taken back by somebody else."""
    asked = previews.asked_back(request)
    if not asked:
        return
    found = list(Proposal.objects.filter(store=request.store, pk__in=asked))
    refusals = []
    for proposal in found:
        proposal.store = request.store
        try:
            previews.version_of(proposal)
        except NotApplied as refusal:
            refusals.append(refusal)
    if refusals and len(refusals) == len(found):
        raise refusals[0]


def moot(request: Proposal) -> str:
    """Why a request has nothing left to take back, in a sentence; empty when it has."""
    try:
        check(request)
    except NotApplied as refusal:
        return refusal.message
    return ""


def preview(request: Proposal) -> Preview | None:
    """What a request takes back against the head; None for every other proposal."""
    asked = previews.asked_back(request)
    if not asked:
        return None
    if number := request.trigger.get("restores"):
        later = previews.applied_after(request.store, int(number))
        keep = [proposal for proposal in later if proposal.pk not in asked]
        return previews.of_restore(request.store, int(number), keep=keep)
    original = Proposal.objects.get(store=request.store, pk__in=asked)
    original.store = request.store
    return previews.of_undo(original)


def write(
    taken: Preview, result: edits.Applied, *, by: Actor, reason: str
) -> Version | None:
    """The rollback itself, where the request's words come to just that; else None.

    Written so, the version says what it reverts, and blame looks past it.
    """
    head = versions.head_texts(taken.store)
    if taken.conflicts or taken.kept or _asked(head, result) != _wanted(head, taken):
        return None
    if taken.verb == "restore":
        return versions.restore(taken.store, taken.version.number, by=by, reason=reason)
    return versions.undo(taken.store, taken.version, by=by, reason=reason)


def settle(request: Proposal, taken: Preview, *, decision: Decision) -> None:
    """Roll back what an applied request took back, as if it had been done directly."""
    by = Actor.parse(decision.by)
    reason = decision.reason or request.because or request.title
    for proposal in reversed(taken.undone):
        takebacks.settle(proposal, taken, None, by=by, reason=reason, through=request)
    for proposal in taken.reinstated:
        takebacks.reinstate(proposal, by=by, reason=reason)
    takebacks.stop_policies(taken, by=by)


def left(request: Proposal, included: Collection[int]) -> str:
    """What is not rolled back, because only a part was approved; empty when all was."""
    asked = previews.asked_back(request)
    if not asked or is_whole(request, included):
        return ""
    names = " and ".join(f"P-{key}" for key in sorted(asked))
    stays = "stays" if len(asked) == 1 else "stay"
    return f"{names} {stays} in force: only a part is taken back."


def is_whole(request: Proposal, included: Collection[int]) -> bool:
    """Whether these positions are all that it has."""
    return set(request.operations.values_list("position", flat=True)) == set(included)


def _asked(head: dict[str, str], result: edits.Applied) -> dict[str, str]:
    """The store as the request's words make it."""
    texts = {path: text for path, text in head.items() if path not in result.renames}
    moved = {new: head[old] for old, new in result.renames.items()}
    changed = {**texts, **moved, **result.texts}
    return {path: text for path, text in changed.items() if text is not None}


def _wanted(head: dict[str, str], taken: Preview) -> dict[str, str]:
    """The store as the rollback makes it."""
    gone = {outcome.path for outcome in taken.outcomes}
    texts = {path: text for path, text in head.items() if path not in gone}
    for outcome in taken.outcomes:
        if outcome.after is not None:
            texts[outcome.new_path or outcome.path] = outcome.after
    return texts
