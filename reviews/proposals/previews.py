"""What rolling back would do, computed before anything is done.

A preview says which texts change, whose proposals are undone, who has read them, which
policies would bring them back; and it names itself, so that nothing else is done.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reviews.audit import ledger
from reviews.errors import DomainError
from reviews.memory import revisions, versions
from reviews.memory.merges import Conflict
from reviews.memory.models import Store, Version
from reviews.proposals import policies, replays, verdicts
from reviews.proposals.bindings import Outcome
from reviews.proposals.models import Decision, Policy, PolicyVersion, Proposal
from reviews.traces import readings

# What a proposal is that asks for a rollback; its trigger names what it takes back.
REQUEST = "rollback"
APPROVALS = (Decision.Verb.APPROVE, Decision.Verb.EDIT)


class NotApplied(DomainError):
    """There is nothing of this in memory to roll back."""

    code = "not-applied"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What undoing or restoring would do against one head; ``bound`` names just that."""

    verb: Literal["undo", "restore"]
    store: Store
    # What is undone, or what comes back.
    version: Version
    head: int
    outcomes: tuple[Outcome, ...]
    conflicts: dict[str, tuple[Conflict, ...]]
    undone: tuple[Proposal, ...]
    kept: tuple[Proposal, ...] = ()
    # Rolled back by what is undone, or after what comes back: in force again.
    reinstated: tuple[Proposal, ...] = ()
    # How many runs and agents read what goes away.
    reach: dict[str, int] = field(default_factory=dict)
    # Would approve the same again, so they are paused.
    policies: tuple[Policy, ...] = ()

    @property
    def next(self) -> int:
        """The number of the version that this would write."""
        return self.head + 1 + len(self.kept)

    @property
    def bound(self) -> str:
        """What a confirmation is bound to: the texts before and after."""
        plain = [[o.path, o.before, o.after, o.new_path] for o in self.outcomes]
        seed = [self.verb, self.version.number, plain, sorted(self.conflicts)]
        return hashlib.sha256(ledger.canonical(seed).encode()).hexdigest()


def of_undo(proposal: Proposal) -> Preview:
    """What undoing one applied proposal would do; later changes stay."""
    store, version = proposal.store, version_of(proposal)
    found = versions.undo_preview(store, version)
    return Preview(
        verb="undo",
        store=store,
        version=version,
        head=found.head,
        outcomes=tuple(
            Outcome(
                path=o.path_before or o.path,
                before=o.before,
                after=o.after,
                new_path=_new_path(o.path_before, o.path_after),
            )
            for o in found.outcomes
        ),
        conflicts=found.conflicts,
        undone=(proposal,),
        reinstated=tuple(_taken_back_by(proposal, version)),
        reach=readings.reach(store, version.number, found.head),
        policies=tuple(would_approve([proposal])),
    )


def of_restore(
    store: Store, number: int, *, keep: Collection[Proposal] = ()
) -> Preview:
    """What restoring an old state would do, with some later proposals kept."""
    version = revisions.version(store, number)
    found = versions.restore_preview(store, number)
    later = applied_after(store, number)
    kept = tuple(proposal for proposal in later if proposal in keep)
    undone = tuple(proposal for proposal in later if proposal not in keep)
    texts, conflicts = versions.texts_at(store, number), {}
    for proposal in kept:
        replayed = replays.replay(texts, version_of(proposal))
        conflicts.update(replayed.conflicts)
        texts = replays.onto(texts, replayed)
    return Preview(
        verb="restore",
        store=store,
        version=version,
        head=found.head,
        outcomes=tuple(_differing(versions.head_texts(store), texts)),
        conflicts=conflicts,
        undone=undone,
        kept=kept,
        reinstated=tuple(reinstated_by(store, number)),
        reach=readings.reach(store, number + 1, found.head),
        policies=tuple(would_approve(undone)),
    )


def version_of(proposal: Proposal) -> Version:
    """The version that an applied proposal came to, or the refusal that there is none."""
    last = proposal.decisions.select_related("version").order_by("pk").last()
    if proposal.state == Proposal.State.ROLLED_BACK and last is not None:
        name = last.by.partition(":")[2]
        number = last.head + 1
        raise NotApplied(
            f"{name} has rolled {proposal} back already in v{number}.", version=number
        )
    decision = _applied(proposal)
    if proposal.state != Proposal.State.APPLIED or decision is None:
        raise NotApplied(f"{proposal} has not been applied.", state=proposal.state)
    assert decision.version is not None  # noqa: S101  # a constraint says so
    return decision.version


def applied_after(store: Store, number: int) -> list[Proposal]:
    """Proposals in force whose versions came after this one, oldest first."""
    found = Decision.objects.filter(
        verb__in=APPROVALS,
        version__store=store,
        version__number__gt=number,
        proposal__state=Proposal.State.APPLIED,
    )
    found = found.select_related("proposal").order_by("version__number")
    rows = [decision.proposal for decision in found]
    unique = list(dict.fromkeys(rows))
    for proposal in unique:
        proposal.store = store
    return unique


def reinstated_by(store: Store, number: int) -> list[Proposal]:
    """Proposals that were in force at a version and have been rolled back after it."""
    back = Decision.objects.filter(
        verb=Decision.Verb.ROLL_BACK,
        proposal__store=store,
        proposal__state=Proposal.State.ROLLED_BACK,
    ).order_by("pk")
    newest = {each.proposal_id: each for each in back.select_related("proposal")}
    since = [each.proposal for each in newest.values() if each.head >= number]
    then = set(
        Decision.objects.filter(
            proposal__in=since,
            state=Decision.State.APPLIED,
            verb__in=APPROVALS,
            version__number__lte=number,
        ).values_list("proposal", flat=True)
    )
    found = [proposal for proposal in since if proposal.pk in then]
    for proposal in found:
        proposal.store = store
    return found


def moved_by(store: Store, number: int) -> set[int]:
    """Keys of all proposals that restoring a version may move, whatever is kept."""
    found = (*applied_after(store, number), *reinstated_by(store, number))
    return {proposal.pk for proposal in found}


def asked_back(proposal: Proposal) -> set[int]:
    """Keys of the proposals that this one asks to take back; none if it asks no such thing."""
    if (proposal.family, proposal.kind) != ("manual", REQUEST):
        return set()
    return {int(key) for key in proposal.trigger.get("undoes", "").split()}


def would_approve(undone: Iterable[Proposal]) -> list[Policy]:
    """The policies in force that would approve any of these again."""
    found: dict[int, Policy] = {}
    deciding: dict[int, list[Policy]] = {}
    for proposal in undone:
        store = proposal.store
        if store.pk not in deciding:
            in_force = verdicts.in_force(store)
            deciding[store.pk] = [p for p in in_force if p.state in verdicts.DECIDING]
        asked = [policy for policy in deciding[store.pk] if policy.pk not in found]
        facts = verdicts.facts_of(proposal) if asked else {}
        for policy in asked:
            version = PolicyVersion.objects.get(policy=policy, number=policy.version)
            if policies.matches(policies.read(version.conditions), facts):
                found[policy.pk] = policy
    return list(found.values())


def _applied(proposal: Proposal) -> Decision | None:
    """The decision by which a proposal is, or was, in memory."""
    rows = proposal.decisions.filter(
        state=Decision.State.APPLIED, verb__in=APPROVALS
    ).select_related("version")
    return rows.order_by("pk").last()


def _taken_back_by(request: Proposal, version: Version) -> Iterable[Proposal]:
    """What the version of a rollback request took back: undoing that, it is in force."""
    asked = asked_back(request)
    if not asked:
        return
    back = Decision.objects.filter(
        verb=Decision.Verb.ROLL_BACK,
        head=version.number - 1,
        proposal__in=asked,
        proposal__store=request.store,
        proposal__state=Proposal.State.ROLLED_BACK,
    )
    for decision in back.select_related("proposal").order_by("proposal"):
        decision.proposal.store = request.store
        yield decision.proposal


def _differing(old: dict[str, str], new: dict[str, str]) -> Sequence[Outcome]:
    return [
        Outcome(path=path, before=old.get(path), after=new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def _new_path(before: str | None, after: str | None) -> str:
    return after if before and after and before != after else ""
