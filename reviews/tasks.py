"""Every task, where Celery looks for them; the tasks stand in their stages."""

from reviews.dreams import tasks as dreams
from reviews.dreams.hosted import tasks as hosted
from reviews.examples import tasks as examples
from reviews.mirrors import tasks as mirrors
from reviews.proposals import tasks as proposals

__all__ = ["dreams", "examples", "hosted", "mirrors", "proposals"]
