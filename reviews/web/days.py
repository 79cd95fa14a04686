"""Days as filters name them."""

from datetime import UTC, date, datetime, time, timedelta


def midnight(text: str) -> datetime | None:
    """Midnight UTC of a date; what is no date filters nothing."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError:
        return None


def midnight_after(text: str) -> datetime | None:
    """The midnight that ends a date; the last day of all never ends."""
    begins = midnight(text)
    try:
        return begins + timedelta(days=1) if begins else None
    except OverflowError:
        return None
