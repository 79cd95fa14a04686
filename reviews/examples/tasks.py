"""What workers are asked to do for the example team."""

from celery import shared_task

from reviews.audit.actors import Actor
from reviews.examples import team
from reviews.teams.models import User

CREATE = "reviews.examples.create"


@shared_task(name=CREATE, acks_late=True)
def create(pk: int) -> None:
    """Make the example team for the person who asked; delivered twice, it is one."""
    team.create(by=Actor.person(User.objects.get(pk=pk)))
