"""Whoever erases a run takes it out of what models were asked and answered, too."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from reviews.dreams.models import Completion
from reviews.traces.models import Trace


@receiver(pre_delete, sender=Trace, dispatch_uid="completions forget a run")
def forget(instance: Trace, **_: Any) -> None:
    """Empty questions that quote the run, and their answers; what they cost remains."""
    run = [instance.agent.name, instance.external_id]
    quoting = Completion.objects.filter(team=instance.team_id, runs__contains=[run])
    quoting.update(request={}, answer=None, runs=[])
