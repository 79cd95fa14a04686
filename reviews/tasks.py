"""Every task, where Celery looks for them; the tasks stand in their stages."""

from reviews.dreams import tasks as dreams
from reviews.examples import tasks as examples
from reviews.proposals import tasks as proposals

__all__ = ["dreams", "examples", "proposals"]
