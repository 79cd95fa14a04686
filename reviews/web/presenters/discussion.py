"""What is said about a proposal as its page shows it: threads by place, and who is there."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from reviews.proposals import threads, wordings
from reviews.proposals.models import (
    Comment,
    Evidence,
    Operation,
    Proposal,
    Turn,
    Visit,
    Wording,
)
from reviews.teams.models import User
from reviews.templatetags.interface import evidence_url, visible

# [E34] quotes a piece of evidence; P-12 is a proposal; @bob is somebody.
REFERENCE = re.compile(
    r"\[E(?P<evidence>\d{1,12})\]|\bP-(?P<proposal>\d{1,9})\b"
    r"|(?<![\w@.+-])@(?P<person>[\w.+-]*\w)|`(?P<code>[^`\n]+)`"
)
# For how many days a proposal can be put aside with one press.
NAPS = {"1": "until tomorrow", "7": "for a week", "30": "for a month"}
# What leaves a fingerprint quiet.
MUTES = (Proposal.State.REJECTED, Proposal.State.ROLLED_BACK)
# As much of a quote as a reference to it shows.
QUOTED = 80


@dataclass(frozen=True)
class Said:
    """One comment, its references made links."""

    comment: Comment
    text: SafeString


@dataclass(frozen=True)
class Shown:
    """One thread: where it began, what is said in it, and what somebody is typing."""

    pk: int
    first: Said
    answers: tuple[Said, ...]
    resolved: bool
    resolved_by: str
    # The operation that it is about, by position; None: the proposal.
    position: int | None
    line: int | None
    # The words of that line when it was spoken about, and whether they stand no more.
    words: str
    outdated: bool
    field: str
    draft: str


@dataclass(frozen=True)
class Talk:
    """Everything that is said about a proposal."""

    threads: list[Shown]
    evidence: list[Evidence]
    typed: Mapping[str, str]

    @property
    def open(self) -> int:
        """How many threads nobody has resolved."""
        return sum(not thread.resolved for thread in self.threads)

    def at(self, position: int | None) -> list[Shown]:
        """The threads on one operation; for None, on the proposal as such."""
        return [thread for thread in self.threads if thread.position == position]


@dataclass(frozen=True)
class Participant:
    """Somebody whose turn it is, or who is looking at it now."""

    name: str
    why: str
    here: bool


def of(
    proposal: Proposal,
    operations: Iterable[Operation],
    written: Sequence[Wording],
    typed: Mapping[str, str],
) -> Talk:
    """Every thread of a proposal, in one query; the rest the page has already."""
    evidence = [row for one in operations for row in one.evidence.all()]
    known = {row.pk: row for row in evidence}
    texts = {wording.number: wording for wording in written}
    shown = [
        _shown(thread, proposal, texts, known, typed) for thread in threads.of(proposal)
    ]
    return Talk(shown, evidence, typed)


def lines(operation: Operation, wording: Wording) -> list[tuple[int, str]]:
    """The lines of an operation that can be spoken about, numbered from 1."""
    said = wordings.said(wording, operation)
    return list(enumerate((said.after or said.before).splitlines(), 1))


def participants(proposal: Proposal, name: str) -> list[Participant]:
    """Whose turn it is and who is there besides ``name``, in one query."""
    asked = Turn.objects.filter(proposal=proposal).values_list(
        F("user__username"), "why", Value(False)
    )
    there = (
        Visit.objects.filter(proposal=proposal, here_until__gt=timezone.now())
        .filter(~Q(user__username=name))
        .values_list(F("user__username"), Value(""), Value(True))
    )
    found: dict[str, Participant] = {}
    for who, why, here in asked.union(there, all=True):
        known = found.get(who, Participant(who, "", False))
        found[who] = Participant(who, why or known.why, here or known.here)
    return sorted(found.values(), key=lambda each: (not each.why, each.name))


def header(proposal: Proposal, user: User) -> dict[str, Any]:
    """What ``discussion/participants.html`` is made of."""
    people = participants(proposal, user.actor_name)
    return {
        "proposal": proposal,
        "people": people,
        "reviewing": [one.name for one in people if one.here],
        "me": user.actor_name,
    }


def rendered(text: str, evidence: Mapping[int, Evidence]) -> SafeString:
    """A comment's text: escaped, its lines kept, references to things made links."""
    parts, at = [], 0
    for match in REFERENCE.finditer(text):
        link = _link(match, evidence)
        if link is not None:
            parts += [_plain(text[at : match.start()]), link]
            at = match.end()
    parts.append(_plain(text[at:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def quoted(text: str, row: Evidence) -> str:
    """What somebody has typed, with a piece of evidence referred to at its end."""
    kept = text.rstrip()
    return f"{kept}\n[E{row.pk}] " if kept else f"[E{row.pk}] "


def _shown(
    thread: threads.Thread,
    proposal: Proposal,
    texts: Mapping[int, Wording],
    evidence: Mapping[int, Evidence],
    typed: Mapping[str, str],
) -> Shown:
    first = thread.first
    words, outdated = _words(first, proposal, texts)
    field = f"answer-{first.pk}"
    return Shown(
        pk=first.pk,
        first=Said(first, rendered(first.text, evidence)),
        answers=tuple(
            Said(one, rendered(one.text, evidence)) for one in thread.answers
        ),
        resolved=thread.resolved,
        resolved_by=first.resolved_by,
        position=first.operation.position if first.operation else None,
        line=first.line,
        words=words,
        outdated=outdated,
        field=field,
        draft=typed.get(field, ""),
    )


def _words(
    first: Comment, proposal: Proposal, texts: Mapping[int, Wording]
) -> tuple[str, bool]:
    """The line that a thread began on, and whether the newest wording lacks it."""
    then, now = texts.get(first.wording or 0), texts.get(proposal.wording)
    if first.operation is None or not first.line or then is None or now is None:
        return "", False
    old = dict(lines(first.operation, then))
    words = old.get(first.line, "")
    return words, words not in dict(lines(first.operation, now)).values()


def _plain(text: str) -> str:
    return visible(text).replace("\n", "<br>")


def _link(match: re.Match[str], evidence: Mapping[int, Evidence]) -> SafeString | None:
    kind = match.lastgroup or ""
    return LINKS[kind](match[kind], evidence)


def _to_evidence(key: str, evidence: Mapping[int, Evidence]) -> SafeString | None:
    row = evidence.get(int(key))
    if row is None:
        return None
    words = " ".join((row.quote or "redacted").split())
    words = words if len(words) <= QUOTED else f"{words[: QUOTED - 1]}…"
    url = evidence_url(row)
    if not url:
        return format_html("<q>{}</q>", visible(words))
    return format_html('<a href="{}"><q>{}</q></a>', url, visible(words))


def _to_proposal(key: str, evidence: Mapping[int, Evidence]) -> SafeString:
    return format_html(
        '<a href="{}">P-{}</a>', reverse("web:proposal", args=[int(key)]), key
    )


def _to_person(name: str, evidence: Mapping[int, Evidence]) -> SafeString:
    return format_html("<b>@{}</b>", name)


def _code(words: str, evidence: Mapping[int, Evidence]) -> SafeString:
    return format_html("<code>{}</code>", visible(words))


LINKS: dict[str, Callable[[str, Mapping[int, Evidence]], SafeString | None]] = {
    "evidence": _to_evidence,
    "proposal": _to_proposal,
    "person": _to_person,
    "code": _code,
}
