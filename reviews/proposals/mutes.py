"""What was rejected or rolled back stays quiet, until there is enough that is new.

How long and against what depends on why: a wrong action leaves room for another one, a
false pattern for none; what is unsafe makes whatever is like it suspicious.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.proposals import likenesses, locks, returns, synonyms
from reviews.proposals.drafts import Draft
from reviews.proposals.models import Mute, Operation, Proposal, Wording
from reviews.proposals.returns import FOR_GOOD, Known, Shown, needed

__all__ = ["FOR_GOOD", "lift", "meetings", "needed", "place", "refusal", "standing"]

# As many hashes are kept: more than three drafts of the same can bring.
MOST = 10_000
# As many of the newest mutes are compared by their words.
COMPARED = 300


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """A mute that a draft has to do with, and in what way."""

    mute: Mute
    # As it: the same thing again. Like it: only something that reminds of it.
    same: bool
    # By its fingerprint, and not by words that say the same.
    exact: bool = False


def place(proposal: Proposal, *, by: Actor, reason: str, ground: str = "") -> Mute:
    """Mute a proposal's fingerprint; a second time counts, and knows more groups.

    What had come back in other words counts as the same: both are muted from now on.
    """
    before = list(
        Mute.objects.filter(
            store=proposal.store,
            fingerprint__in=_names_of(proposal),
            lifted_at__isnull=True,
        )
    )
    own = next((m for m in before if m.fingerprint == proposal.fingerprint), None)
    mute = own or Mute(store=proposal.store, fingerprint=proposal.fingerprint)
    now = timezone.now()
    mute.proposal, mute.at = proposal, now
    mute.by, mute.reason, mute.ground = str(by), reason, ground
    times = max((each.times for each in before), default=0) + 1
    for each in {one.fingerprint: one for one in (*before, mute)}.values():
        each.times, each.until = times, now + returns.silence(times)
        each.groups = _together(proposal.groups, *(one.groups for one in before))
        each.people = _together(proposal.people, *(one.people for one in before))
        each.effect = max([proposal.impact, *(one.effect for one in before)])
        each.save()
    ledger.record(
        by,
        "fingerprint.muted",
        proposal,
        team=proposal.store.team,
        reason=reason,
        ground=ground,
        groups=len(mute.groups),
        people=len(mute.people),
        times=times,
        until=mute.until.isoformat() if times < FOR_GOOD and mute.until else "",
    )
    return mute


@transaction.atomic
def lift(store: Store, fingerprint: str, *, by: Actor, reason: str = "") -> None:
    """Let a fingerprint be proposed again as if nothing had been; none is no fault."""
    mute = standing(store, fingerprint)
    if mute is None:
        return
    locks.take_store(store)
    mute.lifted_at = timezone.now()
    mute.save(update_fields=["lifted_at"])
    ledger.record(
        by, "fingerprint.lifted", mute.proposal, team=store.team, reason=reason
    )


def standing(store: Store, fingerprint: str) -> Mute | None:
    """The mute in force for a fingerprint."""
    return Mute.objects.filter(
        store=store, fingerprint=fingerprint, lifted_at__isnull=True
    ).first()


def all_standing(store: Store) -> Sequence[Mute]:
    """Every mute in force, newest first."""
    found = Mute.objects.filter(store=store, lifted_at__isnull=True)
    return list(found.select_related("proposal").order_by("-at", "-pk"))


def meetings(store: Store, draft: Draft, known_as: str = "") -> list[Met]:
    """The mutes that a draft has to do with: the same thing first, then what it is like.

    Only engines are held to what their words say: a person who asks again means it.
    """
    wanted = known_as or draft.fingerprint
    found = all_standing(store)
    exact = [
        Met(mute=mute, same=True, exact=True)
        for mute in found
        if mute.fingerprint == wanted
    ]
    others = [
        mute
        for mute in found
        if mute.fingerprint != wanted and (_is_here(draft, mute) or _is_unsafe(mute))
    ][:COMPARED]
    if not draft.engine or not others:
        return exact
    met = _met(draft, others, _texts(others))
    return [*exact, *sorted(met, key=lambda one: not one.same)]


def refusal(mute: Mute, draft: Draft, now: datetime) -> str:
    """Why a muted draft stays quiet, in sentences; empty when it may return."""
    missing = returns.missing(known(mute), shown(draft), now)
    if not missing:
        return ""
    name = mute.by.partition(":")[2]
    past = f"{name} turned {mute.proposal} down on {mute.at:%-d %B %Y}"
    if mute.reason:
        past = f"{past}: “{mute.reason}”"
    ends = mute.reason.endswith((".", "!", "?", "…"))
    return " ".join([past if ends else f"{past}.", *missing])


def known(mute: Mute) -> Known:
    """What was known of it, for ``returns``."""
    return Known(
        groups=frozenset(mute.groups),
        people=frozenset(mute.people),
        effect=mute.effect,
        times=mute.times,
        ground=mute.ground,
        until=mute.until or mute.at + returns.silence(mute.times),
    )


def shown(draft: Draft) -> Shown:
    """What a draft brings, for ``returns``."""
    return Shown(
        groups=frozenset(draft.groups),
        people=frozenset(draft.people),
        effect=draft.impact,
    )


def _names_of(proposal: Proposal) -> set[str]:
    """The fingerprints under which the same was turned down before, and its own."""
    found = {proposal.fingerprint}
    before = proposal.returned
    for _ in range(FOR_GOOD):
        if before is None:
            break
        found.add(before.fingerprint)
        before = before.returned
    return found


def _met(
    draft: Draft, mutes: Sequence[Mute], texts: Mapping[int, str]
) -> Iterator[Met]:
    """Every mute that a draft in other words is the same as, or like."""
    text = "\n".join(operation.after for operation in draft.operations) or draft.title
    others = [texts[mute.pk] for mute in mutes]
    near = likenesses.pieces(text, others)
    rule = _rule_of(draft)
    alike = _rewording(rule, mutes) if rule else frozenset()
    for mute, other, pieces in zip(mutes, others, near, strict=True):
        here = _is_here(draft, mute)
        if here and mute.ground == "false-pattern" and _one_pattern(draft, mute):
            yield Met(mute=mute, same=True)
            continue
        if likenesses.opposed(text, other):
            continue
        stems = likenesses.stems(text, other, _names(draft.trigger))
        rewords = mute.pk in alike
        says = (
            ((rewords or _is_kin(draft, mute)) and stems >= likenesses.SAME_STEMS)
            or pieces >= likenesses.SAME_PIECES
            or (rewords and synonyms.same(rule, text, other))
        )
        if here and says and not _is_another_way(draft, mute):
            yield Met(mute=mute, same=True)
        elif _is_unsafe(mute) and (
            stems >= likenesses.LIKE_STEMS or pieces >= likenesses.LIKE_PIECES
        ):
            yield Met(mute=mute, same=False)


def _rule_of(draft: Draft) -> str:
    """The one rule that a draft rewords, as it stands; empty where it does anything else."""
    if len(draft.operations) != 1:
        return ""
    (operation,) = draft.operations
    return operation.before if operation.kind == "edit" else ""


def _rewording(rule: str, mutes: Sequence[Mute]) -> frozenset[int]:
    """Of these mutes, those of proposals that reworded this very rule, and nothing else."""
    rows = Operation.objects.filter(proposal__in={mute.proposal_id for mute in mutes})
    found: dict[int, str] = {}
    several: set[int] = set()
    for key, kind, before in rows.values_list("proposal", "kind", "before"):
        several |= {key} & found.keys()
        found[key] = (before or "") if kind == "edit" else ""
    wanted = " ".join(rule.split())
    return frozenset(
        mute.pk
        for mute in mutes
        if mute.proposal_id not in several
        and " ".join(found.get(mute.proposal_id, "").split()) == wanted
    )


def _is_here(draft: Draft, mute: Mute) -> bool:
    """Whether both would hold for the same."""
    proposal = mute.proposal
    return (draft.scope, draft.scope_of) == (proposal.scope, proposal.scope_of)


def _is_unsafe(mute: Mute) -> bool:
    return mute.ground == "unsafe"


def _is_kin(draft: Draft, mute: Mute) -> bool:
    """Whether both are of one kind and about one tool.

    What a hosted dream wrote comes without a pattern: its words are all there is of it.
    """
    if not draft.trigger:
        return any(operation.after for operation in draft.operations)
    about = _subject(draft.trigger) == _subject(mute.proposal.trigger)
    return about and draft.kind == mute.proposal.kind


def _is_another_way(draft: Draft, mute: Mute) -> bool:
    """Whether both meet one failure, and each with an action of its own."""
    mine, theirs = draft.trigger, mute.proposal.trigger
    ways = mine.get("fix", ""), theirs.get("fix", "")
    return all(ways) and ways[0] != ways[1] and _one_pattern(draft, mute)


def _one_pattern(draft: Draft, mute: Mute) -> bool:
    """Whether both speak of the same thing seen, whatever they make of it."""
    mine, theirs = draft.trigger, mute.proposal.trigger
    if not mine or _subject(mine) != _subject(theirs):
        return False
    if mine.get("marks"):
        shared = {*mine["marks"].split()} & {*theirs.get("marks", "").split()}
        return bool(shared) or mine.get("template") == theirs.get("template")
    return draft.kind == mute.proposal.kind


def _subject(trigger: Mapping[str, str]) -> str:
    """The tool, or whatever else a pattern is anchored at."""
    if "wish" in trigger:
        # It grows with every wording that is heard.
        return "wish"
    names = ("tool", "anchor", "check", "signal", "obsolete", "duplicate")
    return next((trigger[name] for name in names if trigger.get(name)), "")


def _names(trigger: Mapping[str, str]) -> tuple[str, ...]:
    """The tools that both sentences name anyway."""
    return tuple(filter(None, trigger.get("tool", "").split(",")))


def _texts(mutes: Sequence[Mute]) -> dict[int, str]:
    """By mute, what was turned down, in its last words."""
    newest = Wording.objects.filter(
        proposal__in={mute.proposal_id for mute in mutes},
        number=F("proposal__wording"),
    )
    said = {
        key: "\n".join(text for at, text in sorted(texts.items()) if at.isdecimal())
        for key, texts in newest.values_list("proposal", "texts")
        if texts
    }
    return {
        mute.pk: said.get(mute.proposal_id, "") or mute.proposal.title for mute in mutes
    }


def _together(*hashes: Iterable[str]) -> list[str]:
    return sorted({one for several in hashes for one in several})[:MOST]
