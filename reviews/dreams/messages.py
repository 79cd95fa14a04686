"""Messages to workers: they hurry a row's work on, and may get lost."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

RUN = "reviews.dreams.run"
SHARD = "reviews.dreams.shard"
REPLAY = "reviews.dreams.replay"
# For linked stores: take in what is new over there, and write back what is new here.
PULL = "reviews.dreams.hosted.pull"
PUSH = "reviews.mirrors.push"
_MOMENT = 1.5  # seconds

logger = logging.getLogger(__name__)


def send(task: str, pk: int) -> None:
    """Send by name; with the broker away the tick finds the row and sends again."""
    try:
        current_app.send_task(task, [pk])
    except OperationalError as error:
        logger.warning("%s(%s) was not sent, the tick will: %s", task, pk, error)


def somebody_listens() -> bool:
    """Whether a worker answers within a moment; without a broker, nobody does."""
    with current_app.connection_for_write() as broker:
        away: tuple[type[BaseException], ...] = (
            *(OperationalError, OSError),
            *broker.connection_errors,
        )
        try:
            answers = current_app.control.broadcast(
                "ping", connection=broker, reply=True, limit=1, timeout=_MOMENT
            )
        except away as error:
            logger.debug("No broker answers: %s", error)
            return False
    return bool(answers)
