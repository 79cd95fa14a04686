"""What changed over there without us becomes proposals here: it is never overwritten."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from reviews.audit.actors import Actor
from reviews.dreams import differences
from reviews.dreams.hosted import snapshots
from reviews.dreams.hosted.snapshots import Remote
from reviews.dreams.models import HostedMemory, HostedStore
from reviews.memory import revisions
from reviews.proposals import states, submissions
from reviews.proposals.drafts import Draft
from reviews.proposals.models import Proposal

if TYPE_CHECKING:
    from anthropic import Anthropic

GONE = "-"
BY = Actor.system("hosted")
_ENGINE, _VERSION = "hosted", "1"
_SOURCE = "Somebody over there"


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


def take(
    hosted: HostedStore, api: "Anthropic", listing: Mapping[str, Remote]
) -> list[int]:
    """Propose what the listing has otherwise than both sides agreed; each state once."""
    rows = {row.path: row for row in hosted.memories.all()}
    changed = [
        path
        for path in sorted(rows.keys() | listing.keys())
        if _is_news(rows.get(path), listing.get(path))
    ]
    if not changed:
        return []
    texts = {
        path: snapshots.one_of(api, hosted.remote_id, listing[path].id).content
        for path in changed
        if path in listing
    }
    return _taken(hosted, rows, changed, listing, texts)


def decided(row: HostedMemory) -> bool:
    """Whether people have decided about everything that arrived at this path."""
    waiting = Proposal.objects.filter(pk__in=row.proposals, state__in=states.UNDECIDED)
    return not waiting.exists()


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
