"""What is left of hosted dreams over there: canceled with ours, put away once all is decided.

What cannot be done for a week is left there, and the dream's page says so.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from reviews.dreams.hosted import bills, doors, dreaming
from reviews.dreams.hosted.bills import UNDER_WAY
from reviews.dreams.hosted.doors import RemoteAway, RemoteGone
from reviews.dreams.models import Dream, Finding, HostedDream, HostedStore
from reviews.proposals import states

logger = logging.getLogger(__name__)

# Instead of a status of theirs: nobody asks any more.
LEFT = "left there"
_PATIENCE = timedelta(days=7)
# After that, their list has a dream that was asked for, if there is one.
_LISTED = timedelta(minutes=10)
_OVER = [Dream.State.COMPLETED, Dream.State.FAILED, Dream.State.CANCELED]


def exist() -> bool:
    """Whether there is anything to do."""
    return any(rows.exists() for rows in (_unknown(), _running_on(), _readable()))


def settle() -> None:
    """Do it; what Anthropic's machines refuse now waits for the next tick."""
    for row in [*_unknown()]:
        _with_sentence(row, _seek, "What was asked for could not be looked for")
    for row in [*_running_on()]:
        _with_sentence(row, _cancel, f"{row.remote_id} could not be canceled")
    for row in [*_readable()]:
        _with_sentence(row, _archive, f"{row.output_id} could not be archived")


def _running_on() -> QuerySet[HostedDream]:
    """Dreams over there that nobody waits for any more."""
    return _given_up().exclude(remote_id="")


def _unknown() -> QuerySet[HostedDream]:
    """Dreams that were asked for, perhaps, and that nobody knows by their ids."""
    return _given_up().filter(remote_id="").exclude(asked_at=None)


def _given_up() -> QuerySet[HostedDream]:
    ended = [Dream.State.FAILED, Dream.State.CANCELED]
    return HostedDream.objects.filter(dream__state__in=ended, status__in=UNDER_WAY)


def _readable() -> QuerySet[HostedDream]:
    """Output stores of dreams of which nothing waits for a decision any more."""
    waiting = Finding.objects.filter(
        dream=OuterRef("dream"), proposal__state__in=states.UNDECIDED
    )
    return (
        HostedDream.objects.filter(
            ~Exists(waiting), dream__state__in=_OVER, archived_at=None
        )
        .exclude(output_id="")
        .exclude(status__in=[*UNDER_WAY, LEFT])
    )


def _seek(row: HostedDream) -> None:
    """Know it by its inputs, so that it is canceled and paid; or know that it is not there."""
    hosted = HostedStore.objects.filter(store=row.dream.store).first()
    if hosted is not None:
        with doors.connect() as api:
            if dreaming.find(api, row, hosted):
                return
    ended = row.dream.ended_at
    if hosted is None or ended is None or timezone.now() > ended + _LISTED:
        row.status = LEFT
        row.save(update_fields=["status"])


def _cancel(row: HostedDream) -> None:
    with doors.connect() as api:
        found = api.beta.dreams.retrieve(row.remote_id)
        if found.status in UNDER_WAY:
            found = api.beta.dreams.cancel(row.remote_id)
    row.status, row.ended_at = found.status, found.ended_at
    row.output_id = next((one.memory_store_id for one in found.outputs), "")
    row.usage = bills.usage_of(found)
    row.save()
    if row.status not in UNDER_WAY:
        bills.settle(row)


def _archive(row: HostedDream) -> None:
    try:
        with doors.connect() as api:
            api.beta.memory_stores.archive(row.output_id)
    except RemoteGone:
        logger.info("%s is gone already.", row.output_id)
    row.archived_at = timezone.now()
    row.save(update_fields=["archived_at"])


def _with_sentence(
    row: HostedDream, act: Callable[[HostedDream], None], wrong: str
) -> None:
    """Do it, or say on the dream's page why not, and until when it is tried again."""
    try:
        act(row)
    except RemoteGone:
        row.status = "canceled"
        row.save(update_fields=["status"])
    except RemoteAway as away:
        logger.warning("%s: %s", row, away.message)
        ends = _free_since(row) + _PATIENCE
        if timezone.now() < ends:
            until = f"It is tried again until {ends:%-d %B}."
        else:
            until, row.status = "It is left there as it is.", LEFT
        row.problem = f"{wrong}. {away.message} {until}"
        row.save(update_fields=["problem", "status"])


def _free_since(row: HostedDream) -> datetime:
    """Since when nobody here needs it: the dream ended, and everything was decided."""
    findings = Finding.objects.filter(dream=row.dream)
    decided = findings.aggregate(at=Max("proposal__settled_at"))["at"]
    since: list[datetime] = [*filter(None, [decided, row.dream.ended_at, row.asked_at])]
    return max(since)
