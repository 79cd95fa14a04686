"""What changed over there without us becomes proposals here: it is never overwritten."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction
from django.db.models import F

from reviews.audit.actors import Actor
from reviews.dreams import differences
from reviews.dreams.hosted import snapshots
from reviews.dreams.hosted.snapshots import Remote
from reviews.dreams.models import HostedMemory, HostedStore
from reviews.errors import Invalid
from reviews.memory import paths, plans, revisions
from reviews.proposals import states, submissions
from reviews.proposals.drafts import Draft
from reviews.proposals.models import Proposal

if TYPE_CHECKING:
    from anthropic import Anthropic

GONE = "-"
BY = Actor.system("hosted")
_ENGINE, _VERSION = "hosted", "1"
_SOURCE = "Somebody over there"
# A path may be a page long.
_LONGEST = 300


def begin(hosted: HostedStore, remote: Mapping[str, str]) -> list[int]:
    """Propose what a store that is linked now says and ours does not; nothing goes away."""
    ours = revisions.head_texts(hosted.store)
    made: list[int] = []
    for path, text in remote.items():
        if ours.get(path) == text:
            continue
        before = {path: ours[path]} if path in ours else {}
        drafts = _drafts(hosted, before, {path: text}, source="The linked store")
        adding = [d for d in drafts if d.kind not in ("removed", "reorganised")]
        keys = _propose(hosted, adding)
        HostedMemory.objects.filter(hosted=hosted, path=path).update(
            arrived=F("sha256"), proposals=keys
        )
        made += keys
    return made


class Arrived(msgspec.Struct):
    """What came of what changed over there."""

    proposals: list[int] = msgspec.field(default_factory=list)
    # About what no memory of ours can hold, in sentences.
    problems: list[str] = msgspec.field(default_factory=list)


def take(
    hosted: HostedStore, api: "Anthropic", listing: Mapping[str, Remote]
) -> Arrived:
    """Propose what the listing has otherwise than both sides agreed; each state once.

    What no memory of ours can hold is left alone, and keeps nothing else from arriving.
    """
    rows = {row.path: row for row in hosted.memories.all()}
    changed = [
        path
        for path in sorted(rows.keys() | listing.keys())
        if _is_news(rows.get(path), listing.get(path))
    ]
    agreed = {row.path for row in rows.values() if row.version}
    arrived, fitting, texts = Arrived(), list[str](), dict[str, str]()
    for path in changed:
        try:
            paths.check_free(path, agreed - {path})
            texts |= _text(hosted, api, path, listing)
        except (Invalid, paths.PathTaken) as refusal:
            why = refusal.message[:_LONGEST]
            arrived.problems.append(f"{why} It is left out, and left alone over there.")
        else:
            fitting.append(path)
    if fitting:
        arrived.proposals += _taken(hosted, rows, fitting, listing, texts)
    return arrived


def fits(path: str) -> bool:
    """Whether a memory of ours could stand at a path."""
    try:
        paths.check(path)
    except Invalid:
        return False
    return True


def holds(path: str, text: str) -> bool:
    """Whether a memory of ours could stand at a path and say this."""
    return not _unfit(path, text, ())


def sort(found: Mapping[str, Remote]) -> tuple[dict[str, Remote], list[str]]:
    """What of a store over there can be kept here, and why the rest cannot, in sentences."""
    kept, left = dict[str, Remote](), list[str]()
    for path, one in sorted(found.items()):
        if why := _unfit(path, one.content, kept):
            left.append(f"{why[:_LONGEST]} It is left out, and left alone over there.")
        else:
            kept[path] = one
    return kept, left


def decided(row: HostedMemory) -> bool:
    """Whether people have decided about everything that arrived at this path."""
    waiting = Proposal.objects.filter(pk__in=row.proposals, state__in=states.UNDECIDED)
    return not waiting.exists()


def _unfit(path: str, text: str, beside: Iterable[str]) -> str:
    """Why no memory of ours can be this one; empty where one can."""
    try:
        paths.check(path)
        paths.check_free(path, beside)
        plans.check_text(path, text)
    except (Invalid, paths.PathTaken) as refusal:
        return refusal.message
    return ""


def _text(
    hosted: HostedStore, api: "Anthropic", path: str, listing: Mapping[str, Remote]
) -> dict[str, str]:
    """What stands at a path now, by path; nothing where it is gone."""
    if path not in listing:
        return {}
    paths.check(path)
    text = snapshots.one_of(api, hosted.remote_id, listing[path].id).content
    plans.check_text(path, text)
    return {path: text}


@transaction.atomic
def _taken(
    hosted: HostedStore,
    rows: Mapping[str, HostedMemory],
    changed: Sequence[str],
    listing: Mapping[str, Remote],
    texts: Mapping[str, str],
) -> list[int]:
    made: list[int] = []
    for path in changed:
        row = rows.get(path)
        before = _agreed(hosted, row)
        after = {path: texts[path]} if path in texts else {}
        drafts = _drafts(hosted, before, after, source=_SOURCE)
        keys = _propose(hosted, drafts)
        remote = listing.get(path)
        HostedMemory.objects.update_or_create(
            hosted=hosted,
            path=path,
            defaults={
                "remote_id": remote.id if remote else row.remote_id if row else "",
                "arrived": remote.sha256 if remote else GONE,
                "proposals": keys,
            },
        )
        made += keys
    return made


def _is_news(row: HostedMemory | None, remote: Remote | None) -> bool:
    if row is None:
        return remote is not None
    seen = row.arrived or row.sha256 or GONE
    return seen != (remote.sha256 if remote else GONE)


def _agreed(hosted: HostedStore, row: HostedMemory | None) -> dict[str, str]:
    """What stood at a path when both sides last agreed; nothing if they never did."""
    if row is None or not row.version:
        return {}
    found = revisions.at(hosted.store, row.version).filter(path=row.path).first()
    return {row.path: found.content} if found and found.content else {}


def _drafts(
    hosted: HostedStore,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    source: str,
) -> Sequence[Draft]:
    difference = differences.between(
        revisions.authored_head(hosted.store),
        before,
        after,
        source=source,
        engine=_ENGINE,
        version=_VERSION,
    )
    return difference.drafts


def _propose(hosted: HostedStore, drafts: Sequence[Draft]) -> list[int]:
    opened = [submissions.open(hosted.store, draft, by=BY) for draft in drafts]
    return [one.proposal.pk for one in opened if one.proposal is not None]
