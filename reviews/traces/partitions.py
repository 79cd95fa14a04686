"""Monthly partitions of the bodies, made when the first trace of a month arrives."""

from datetime import date, datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

_LOCK = 7_201


def month_of(moment: datetime) -> date:
    """Name the partition of what is received at a moment."""
    return moment.date().replace(day=1)


def ensure(month: date) -> None:
    """Make the month's partition if there is none yet; safe in a race."""
    name = f"reviews_tracebody_{month:%Y_%m}"
    with connection.cursor() as cursor:
        if _exists(cursor, name):
            return
        # Two first traces of a month wait for each other here, not in the catalogue.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if _exists(cursor, name):
            return
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        cursor.execute(
            f"CREATE TABLE {name} PARTITION OF reviews_tracebody "
            f"FOR VALUES FROM ('{month}') TO ('{following}')"
        )


def _exists(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    return bool(cursor.fetchone()[0])
