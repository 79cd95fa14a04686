"""Which operations somebody has viewed: a mark of their own, gone when the words change."""

from hashlib import sha256

from reviews.proposals.models import Operation, Tick
from reviews.teams.models import User


def seal(text: str) -> str:
    """What a mark remembers of the text after: other words make it unseen."""
    return sha256(text.encode()).hexdigest()


def toggle(operation: Operation, user: User, text: str) -> bool:
    """Mark an operation as viewed in these words, or take that back; say which."""
    wanted = seal(text)
    rows = Tick.objects.filter(operation=operation, user=user)
    if rows.filter(sha256=wanted).delete()[0]:
        return False
    Tick.objects.update_or_create(
        operation=operation, user=user, defaults={"sha256": wanted}
    )
    return True
