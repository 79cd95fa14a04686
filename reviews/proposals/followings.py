"""What becomes of a wish: the next dream of the store follows it, or says why not.

Other words are the next wording of the same proposal; another place is a successor,
since operations never change. Either is open, and the turn of whoever asked. What cannot
be followed says why, and is tried again only once memory has changed.
"""

from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError
from reviews.memory import folders, paths, versions
from reviews.memory.models import Store
from reviews.proposals import (
    bindings,
    locks,
    rewordings,
    states,
    successors,
    threads,
    turns,
    wishes,
)
from reviews.proposals.models import Decision, Operation, Proposal, Turn
from reviews.proposals.wishes import Place, Scope, Wish, Words
from reviews.teams.models import User

State = Proposal.State


class NotFollowed(DomainError):
    """What was asked for cannot be done."""

    code = "not-followed"


class Followed(NamedTuple):
    """What became of a wish: the proposal that is as it was asked to be, and a sentence."""

    proposal: Proposal
    sentence: str


def pending(store: Store) -> list[Decision]:
    """The requests of a store that a dream can answer now, oldest first."""
    asked = Decision.objects.filter(
        proposal__store=store,
        proposal__state=State.CHANGES_REQUESTED,
        verb=Decision.Verb.REQUEST_CHANGES,
    ).order_by("pk")
    # Only what was asked last of each is still wanted.
    newest = {decision.proposal_id: decision for decision in asked}
    return [
        decision
        for decision in newest.values()
        if decision.wishes.get("wish") in wishes.FOLLOWED
        and decision.wishes.get("tried_at") != store.head
    ]


@transaction.atomic
def follow(decision: Decision, *, by: Actor) -> Followed | None:
    """Do what was asked of a proposal, or refuse and say why.

    None when somebody else has answered the request meanwhile.
    """
    proposal = decision.proposal
    locks.take_with_store(proposal)
    wish = wishes.read(decision.wishes)
    if wish is None or proposal.state != State.CHANGES_REQUESTED:
        return None
    asker = decision.by.partition(":")[2]
    sentence = f"As {asker} asked: {wish.sentence}"
    if isinstance(wish, Words):
        _reword(proposal, wish, sentence, by)
        reopen(decision, proposal, f"Followed in wording {proposal.wording}.", by=by)
        return Followed(proposal, sentence)
    successor = _move(proposal, wish, sentence, by)
    reopen(decision, successor, f"Followed as {successor}.", by=by)
    said = f"{sentence} Until then it was {proposal}."
    threads.resolve(threads.say(successor, by=by, text=said), by=by)
    return Followed(successor, sentence)


def decline(decision: Decision, why: str, *, by: Actor) -> None:
    """Write down why a request was not followed; the proposal stays where it was."""
    with transaction.atomic():
        store = decision.proposal.store
        decision.wishes = {**decision.wishes, "tried_at": store.head}
        decision.note = f"Not followed: {why}"
        decision.save(update_fields=["wishes", "note"])
        ledger.record(
            by,
            "proposal.wish-declined",
            decision.proposal,
            team=store.team,
            reason=why,
            decision=decision.pk,
        )


def reopen(decision: Decision, proposal: Proposal, note: str, *, by: Actor) -> None:
    """It is the turn of whoever asked, as soon as there is an answer."""
    if proposal.state != State.OPEN:
        states.move(proposal, State.OPEN)
    proposal.waiting_since = timezone.now()
    proposal.save(update_fields=["waiting_since"])
    decision.note = note
    decision.save(update_fields=["note"])
    asker = Actor.parse(decision.by)
    if asker.kind == "person":
        for user in User.objects.filter(username=asker.name):
            turns.give(proposal, user, Turn.Why.ANSWERED, by=by)


def answer_with_evidence(proposal: Proposal, news: str, *, by: Actor) -> bool:
    """Open a proposal again that was to come back with more evidence; say whether."""
    if proposal.state != State.CHANGES_REQUESTED:
        return False
    asked = proposal.decisions.filter(verb=Decision.Verb.REQUEST_CHANGES)
    decision = asked.order_by("pk").last()
    if decision is None or decision.wishes.get("wish") != "evidence":
        return False
    reopen(decision, proposal, f"More evidence came: {news}.", by=by)
    return True


def _reword(proposal: Proposal, wish: Words, reason: str, by: Actor) -> None:
    """The next wording of the same proposal, in words that came with it."""
    binding = bindings.of(proposal)
    worded = [b for b in binding.blocks if b.kind in rewordings.REWORDABLE]
    if not worded or worded[0].after.strip() == wish.text.strip():
        raise NotFollowed("It says this already.")
    texts = {worded[0].position: wish.text}
    rewordings.write(proposal, binding, texts, by=by, reason=reason)
    _check_applies(proposal, bindings.of(proposal))


def _move(proposal: Proposal, wish: Wish, reason: str, by: Actor) -> Proposal:
    """The same proposal with its new rules in another place."""
    operations = successors.copies(proposal)
    additions = [each for each in operations if each.kind == Operation.Kind.ADD]
    if not additions:
        raise NotFollowed("It changes a rule where that stands already.")
    scope, scope_of = proposal.scope, proposal.scope_of
    if isinstance(wish, Scope):
        scope, scope_of = wish.scope, wish.of
        for operation in additions:
            operation.path = folders.moved(operation.path, scope, scope_of)
    elif isinstance(wish, Place):
        if wish.path not in versions.head_texts(proposal.store):
            raise NotFollowed(f"There is no {wish.path} any more.")
        for operation in additions:
            operation.path, operation.heading = wish.path, list(wish.heading)
    successor = successors.open(
        proposal, operations, by=by, reason=reason, scope=scope, scope_of=scope_of
    )
    _check_applies(successor, bindings.of(successor))
    return successor


def _check_applies(proposal: Proposal, binding: bindings.Binding) -> None:
    """Refuse what could not be applied in its new form; what was done is taken back."""
    if binding.faults:
        raise NotFollowed(" ".join(block.sentence for block in binding.faults))
    memories = versions.authored_head(proposal.store)
    try:
        applied = bindings.applied(memories, binding.blocks)
        standing = set(memories) - set(applied.renames)
        for path in {*applied.texts, *applied.renames.values()} - set(memories):
            paths.check_free(path, standing)
    except DomainError as refusal:
        raise NotFollowed(refusal.message) from refusal
