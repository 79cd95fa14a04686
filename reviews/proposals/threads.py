"""What is said about a proposal, thread by thread, and whose turn it is after that.

A thread begins on the proposal, on one of its operations, or on a line of one; it has
answers, and somebody resolves it. Whoever is mentioned gets the turn.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.proposals import locks, turns, wordings
from reviews.proposals.models import Comment, Operation, Proposal, Turn
from reviews.teams import roles
from reviews.teams.models import Membership, User

# As long as anybody wants to read.
LONGEST = 10_000
# @bob, unless it is an address or stands in code's quotes.
MENTION = re.compile(r"(?<![\w@.+-])@([\w.+-]*\w)")
CODE = re.compile(r"`[^`\n]*`")


class AlreadyResolved(DomainError):
    """Somebody resolved this thread first."""

    code = "already-resolved"


class NotResolved(DomainError):
    """The thread is open already."""

    code = "not-resolved"


@dataclass(frozen=True)
class Thread:
    """One first comment and the answers to it, oldest first."""

    first: Comment
    answers: tuple[Comment, ...] = ()

    @property
    def resolved(self) -> bool:
        """Whether somebody has said that it is dealt with."""
        return self.first.resolved_at is not None


def of(proposal: Proposal) -> list[Thread]:
    """Every thread of a proposal, oldest first, in one query."""
    answers: dict[int, list[Comment]] = {}
    first = []
    for comment in proposal.comments.select_related("operation").order_by("pk"):
        if comment.thread_id is None:
            first.append(comment)
        else:
            answers.setdefault(comment.thread_id, []).append(comment)
    return [Thread(one, tuple(answers.get(one.pk, ()))) for one in first]


def open_on(proposals: Collection[Proposal]) -> dict[int, int]:
    """How many threads are open on each of these proposals, in one query."""
    rows = (
        Comment.objects.filter(
            proposal__in=proposals, thread__isnull=True, resolved_at__isnull=True
        )
        .values("proposal")
        .annotate(open=Count("pk"))
    )
    return dict(rows.values_list("proposal", "open"))


@transaction.atomic
def say(
    proposal: Proposal,
    *,
    by: Actor,
    text: str,
    operation: Operation | None = None,
    line: int | None = None,
) -> Comment:
    """Begin a thread on a proposal, on an operation, or on a line of its newest text."""
    locks.take(proposal)
    mentioned = _check(proposal, text)
    if operation is not None and operation.proposal_id != proposal.pk:
        raise Invalid(f"That operation is not one of {proposal}.", field="operation")
    if line is not None:
        _check_line(proposal, operation, line)
    said = Comment.objects.create(
        proposal=proposal,
        operation=operation,
        line=line,
        wording=proposal.wording if operation else None,
        by=str(by),
        text=text,
    )
    _pass_on(proposal, mentioned, by)
    ledger.record(
        by,
        "proposal.commented",
        proposal,
        team=proposal.store.team,
        comment=said.pk,
        position=operation.position if operation else None,
        line=line,
        mentions=[user.actor_name for user in mentioned],
    )
    return said


@transaction.atomic
def answer(thread: Comment, *, by: Actor, text: str) -> Comment:
    """Answer in a thread: the turn goes to its author, or to whoever spoke before them.

    An answer to a resolved thread opens it again: there is more to say.
    """
    proposal = thread.proposal
    locks.take(proposal)
    mentioned = _check(proposal, text)
    thread = Comment.objects.select_for_update().get(pk=thread.thread_id or thread.pk)
    before = [thread, *thread.answers.order_by("pk")]
    said = Comment.objects.create(
        proposal=proposal, thread=thread, by=str(by), text=text
    )
    if thread.resolved_at is not None:
        _mark(thread, None)
    _pass_on(proposal, mentioned, by)
    spoken = [one.by for one in before if one.by != str(by)]
    waiting = thread.by if thread.by != str(by) else (spoken or [""])[-1]
    if waiting.startswith("person:"):
        _answered(proposal, waiting.removeprefix("person:"), mentioned, by)
    ledger.record(
        by,
        "proposal.answered",
        proposal,
        team=proposal.store.team,
        comment=said.pk,
        thread=thread.pk,
        mentions=[user.actor_name for user in mentioned],
    )
    return said


@transaction.atomic
def resolve(thread: Comment, *, by: Actor) -> None:
    """Say that a thread is dealt with; whoever comes second is told."""
    found = Comment.objects.select_for_update().get(pk=thread.thread_id or thread.pk)
    if found.resolved_at is not None:
        name = found.resolved_by.partition(":")[2]
        raise AlreadyResolved(f"{name} resolved this thread first.")
    _mark(found, by)
    _record(found, "proposal.thread-resolved", by)


@transaction.atomic
def reopen(thread: Comment, *, by: Actor) -> None:
    """Say that a thread is not dealt with after all."""
    found = Comment.objects.select_for_update().get(pk=thread.thread_id or thread.pk)
    if found.resolved_at is None:
        raise NotResolved
    _mark(found, None)
    _record(found, "proposal.thread-reopened", by)


def mentions(text: str) -> list[str]:
    """The names that a text calls, each once, in order; code calls nobody."""
    return list(dict.fromkeys(MENTION.findall(CODE.sub(" ", text))))


def _check(proposal: Proposal, text: str) -> list[User]:
    """Refuse an empty text, and one that calls somebody who cannot answer."""
    if not text.strip():
        raise Invalid("A comment has to say something.", field="text")
    if len(text) > LONGEST:
        raise Invalid(f"A comment has at most {LONGEST:,} characters.", field="text")
    names = mentions(text)
    if not names:
        return []
    members = {
        row.user.username.lower(): row
        for row in Membership.objects.filter(
            team=proposal.store.team_id, user__is_active=True
        ).select_related("user")
    }
    found = [members.get(name.lower()) for name in names]
    for name, member in zip(names, found, strict=True):
        if member is None:
            raise Invalid(f"Nobody in this team is called @{name}.", field="text")
        if member.role not in roles.allowed("decide"):
            raise Invalid(
                f"@{name} may only read here, and could not answer.", field="text"
            )
    return [member.user for member in found if member]


def _check_line(proposal: Proposal, operation: Operation | None, line: int) -> None:
    """Refuse a line that the newest wording does not have."""
    said = operation and wordings.said(wordings.newest(proposal), operation)
    lines = (said.after or said.before).splitlines() if said else []
    if not 1 <= line <= len(lines):
        raise Invalid(f"There is no line {line} in it.", field="line")


def _pass_on(proposal: Proposal, mentioned: Collection[User], by: Actor) -> None:
    """Whoever speaks has had their turn; whoever they call has it now."""
    turns.acted(proposal, by)
    for user in mentioned:
        turns.give(proposal, user, Turn.Why.MENTIONED, by=by)


def _answered(
    proposal: Proposal, name: str, mentioned: Collection[User], by: Actor
) -> None:
    """Give the turn to whoever waits for an answer, if they can still do something."""
    member = Membership.objects.filter(
        team=proposal.store.team_id,
        user__username=name,
        user__is_active=True,
        role__in=roles.allowed("decide"),
    ).select_related("user")
    found = member.first()
    if found is not None and found.user not in mentioned:
        turns.give(proposal, found.user, Turn.Why.ANSWERED, by=by)


def _mark(thread: Comment, by: Actor | None) -> None:
    thread.resolved_at = timezone.now() if by else None
    thread.resolved_by = str(by) if by else ""
    thread.save(update_fields=["resolved_at", "resolved_by"])


def _record(thread: Comment, action: str, by: Actor) -> None:
    proposal = thread.proposal
    ledger.record(by, action, proposal, team=proposal.store.team, thread=thread.pk)
