"""What somebody asks a proposal to be instead, in a form that any engine can follow.

A wish is kept with the decision that sent the proposal back. The next dream of the store
follows it: other words are the next wording of the same proposal; another place is a
successor, since operations never change. Either is open, and the turn of whoever asked.
What cannot be followed says why, and is tried again only once memory has changed. Free
words wait for a person.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec
from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
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
)
from reviews.proposals.models import Decision, Evidence, Operation, Proposal, Turn
from reviews.teams.models import User

State = Proposal.State
# From here to there is narrower.
NARROWER: dict[str, tuple[str, ...]] = {
    "store": ("agent", "person"),
    "team": ("agent", "person"),
    "agent": ("person",),
}
# No agent and no person has a longer name.
LONGEST_NAME = 120


class NotFollowed(DomainError):
    """What was asked for cannot be done."""

    code = "not-followed"


class Scope(msgspec.Struct, frozen=True, tag_field="wish", tag="scope"):
    """Let it hold for one agent or one person only."""

    scope: Literal["agent", "person"]
    of: str

    @property
    def sentence(self) -> str:
        return f"Only for the {self.scope} {self.of}."


class Place(msgspec.Struct, frozen=True, tag_field="wish", tag="place"):
    """Put it into another memory, under another heading."""

    path: str
    heading: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        under = f", under “{' / '.join(self.heading)}”" if self.heading else ""
        return f"In {self.path}{under}."


class Words(msgspec.Struct, frozen=True, tag_field="wish", tag="wording"):
    """Say it in one of the wordings that came with it."""

    text: str

    @property
    def sentence(self) -> str:
        return f"Rather: “{self.text}”"


class More(msgspec.Struct, frozen=True, tag_field="wish", tag="evidence"):
    """Let it come back when there is more evidence."""

    @property
    def sentence(self) -> str:
        return "Not without more evidence."


type Wish = Scope | Place | Words | More
# More evidence is not followed: it arrives.
FOLLOWED = ("scope", "place", "wording")


class Followed(NamedTuple):
    """What became of a wish: the proposal that is as it was asked to be, and a sentence."""

    proposal: Proposal
    sentence: str


class Offers(msgspec.Struct, frozen=True):
    """What can be asked of one proposal."""

    scopes: tuple[Scope, ...]
    places: tuple[Place, ...]
    wordings: tuple[str, ...]


def read(kept: Mapping[str, Any]) -> Wish | None:
    """The wish that was kept with a decision; None: words that wait for a person."""
    if not kept.get("wish"):
        return None
    try:
        wish: Wish = msgspec.convert(dict(kept), Wish.__value__)
    except msgspec.ValidationError as error:
        raise Invalid("That is nothing that can be asked for.", field="wish") from error
    return wish


def plain(wish: Wish) -> dict[str, Any]:
    """A wish as it is kept with a decision."""
    found: dict[str, Any] = msgspec.to_builtins(wish)
    return found


def offers(proposal: Proposal) -> Offers:
    """What can be asked of a proposal: scopes it names, places there are, its wordings."""
    if not _additions(proposal):
        return Offers((), (), tuple(proposal.alternatives))
    scopes = NARROWER.get(proposal.scope, ())
    rows = Evidence.objects.filter(operation__proposal=proposal)
    seen = rows.values_list("agent", "person").distinct()
    names = {("agent", agent) for agent, _ in seen} | {("person", p) for _, p in seen}
    memories = versions.authored_head(proposal.store)
    found = {
        (path, tuple(rule.heading))
        for path, memory in memories.items()
        for rule in memory.rules
    }
    return Offers(
        tuple(
            Scope(scope, of)  # type: ignore[arg-type]
            for scope, of in sorted(names)
            if of and scope in scopes
        ),
        tuple(Place(path, heading) for path, heading in sorted(found)),
        tuple(proposal.alternatives),
    )


def check(proposal: Proposal, wish: Wish) -> None:
    """Refuse at once what could never be followed."""
    match wish:
        case Scope(scope, _) if scope not in NARROWER.get(proposal.scope, ()):
            raise Invalid("That would be no narrower than it is.", field="wish")
        case Scope() | Place() if not _additions(proposal):
            raise Invalid("It changes a rule where that stands already.", field="wish")
        case Scope(_, of) if not of.strip() or len(of) > LONGEST_NAME:
            raise Invalid("Nobody is called that.", field="wish")
        case Place(path, heading):
            paths.check(path)
            if not all(map(str.isprintable, heading)):
                raise Invalid("No heading reads like that.", field="wish")
        case Words(text) if text not in proposal.alternatives:
            raise Invalid("That is no wording that came with it.", field="wish")


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
        if decision.wishes.get("wish") in FOLLOWED
        and decision.wishes.get("tried_at") != store.head
    ]


@transaction.atomic
def follow(decision: Decision, *, by: Actor) -> Followed | None:
    """Do what was asked of a proposal, or refuse and say why.

    None when somebody else has answered the request meanwhile.
    """
    proposal = decision.proposal
    locks.take_with_store(proposal)
    wish = read(decision.wishes)
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


def _additions(proposal: Proposal) -> list[Operation]:
    """The new rules: only they can go elsewhere."""
    rows = proposal.operations.filter(kind=Operation.Kind.ADD)
    return list(rows.order_by("position"))
