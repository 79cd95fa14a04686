"""What an engine that asks may look at: the model, the traces, and what people decided."""

from collections.abc import Sequence
from functools import partial

from reviews.dreams import recollections
from reviews.dreams.asking import oracles
from reviews.dreams.engines import Context
from reviews.dreams.hosted import dreaming
from reviews.dreams.models import Dream
from reviews.traces import bodies
from reviews.traces.models import Trace
from reviews.traces.steps import Step


def of(dream: Dream) -> Context:
    """The context of one dream."""

    def steps(agent: str, trace: str) -> Sequence[Step]:
        found = Trace.objects.filter(
            agent__team=dream.store.team_id, agent__name=agent, external_id=trace
        ).values_list("pk", flat=True)
        return next((steps for _, steps in bodies.with_steps(list(found))), ())

    store = dream.store
    return Context(
        dream=dream.pk,
        oracle=oracles.of(dream),
        steps=steps,
        rejected=recollections.rejected(store),
        preferred=recollections.preferred(store),
        settled=recollections.settled(store),
        lessons=recollections.lessons(store),
        troubled=partial(recollections.troubled, store),
    )


def awaited(dream: Dream) -> None:
    """Raise ``Waiting`` while others are still at work for this dream, before any of ours."""
    oracles.awaited(dream)
    if dream.engine == "hosted":
        dreaming.awaited(dream.pk)
