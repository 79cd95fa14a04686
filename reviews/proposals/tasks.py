"""Celery tasks of this stage: they only call verbs, and may come twice or not at all."""

from celery import shared_task

from reviews.proposals import holds


@shared_task(name="reviews.proposals.apply", ignore_result=True)
def apply(decision: int) -> None:
    """Carry out one decision at the end of its hold."""
    holds.apply(decision)


@shared_task(name="reviews.proposals.apply_due", ignore_result=True)
def apply_due() -> None:
    """Carry out whatever is due: what a lost message left behind."""
    holds.apply_due()
