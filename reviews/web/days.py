"""Days as filters name them."""

from datetime import UTC, date, datetime, time


def midnight(text: str) -> datetime | None:
    """Midnight UTC of a date; what is no date filters nothing."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError:
        return None
