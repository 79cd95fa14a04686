"""The Celery app: the truth about work is in PostgreSQL, a message only hurries it on."""

import logging
import os
import warnings
from typing import Any

from celery import Celery, Task
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dreamboard.settings")
logger = logging.getLogger(__name__)
# It warns of pickled messages under root; ours are JSON and name a row, nothing more.
warnings.simplefilter("ignore", SecurityWarning)


class Hint(Task):  # type: ignore[type-arg]
    """A task whose work is written down elsewhere, so that its message may get lost.

    Publishing happens when a page has already committed what it had to do. With the
    broker away the page stays good: the next tick finds the rows and sends again.
    """

    abstract = True

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Publish, or log that the tick will have to."""
        try:
            return super().apply_async(*args, **kwargs)
        except OperationalError as error:
            logger.warning("%s was not sent, the tick will: %s", self.name, error)
            return None


app = Celery("dreamboard", task_cls=Hint)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_alone(**_: object) -> None:
    """Log as Django is told to, not as Celery would."""
