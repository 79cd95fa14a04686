"""What a dream that sleeps waits for, in words for a console."""

from datetime import UTC, datetime

from reviews.dreams.models import Dream


def sentence(dream: Dream) -> str:
    """What is awaited, since when, and when it is given up; empty where nothing is."""
    known = dream.stages.get(dream.stage, {})
    what = known.get("waiting", "").rstrip(".")
    if dream.wakes_at is None or not what:
        return ""
    told = {"since": known.get("awaited_since"), "given up on": known.get("given_up")}
    times = [
        f"{word} {clock(datetime.fromisoformat(at))}" for word, at in told.items() if at
    ]
    return f"Waits: {what}{f' ({", ".join(times)})' if times else ''}."


def clock(moment: datetime) -> str:
    """A moment as everybody reads it: 27 November, 06:47 UTC."""
    return f"{moment.astimezone(UTC):%-d %B, %H:%M} UTC"
