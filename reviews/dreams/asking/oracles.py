"""Who answers an engine's questions: a model behind a budget, or nobody."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from django.utils.module_loading import import_string

from reviews.dreams.asking import budgets, keys
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.engines import Answer, Oracle, Question
from reviews.dreams.models import Batch, Completion, Dream, Replay
from reviews.teams.models import Team

# By dotted path: the SDK behind it takes seconds to load, and most processes never ask.
_ASKER = "reviews.dreams.asking.askers.Asker"


class Mute:
    """The oracle of an installation without a key: it says so, and costs nothing."""

    def __init__(self, problem: str = keys.MISSING) -> None:
        self.problem = problem

    def ask(self, questions: Sequence[Question]) -> dict[str, Answer]:
        """No answer, with the reason."""
        silence = Answer(stop="no-key", problem=self.problem)
        return {question.name: silence for question in questions}

    def estimate(self, questions: Sequence[Question]) -> Decimal:
        """Nothing is asked, so nothing is paid."""
        return Decimal(0)

    def left(self) -> Decimal:
        """Nothing is asked, so nothing is paid."""
        return Decimal(0)


def of(dream: Dream) -> Oracle:
    """Who answers this dream's questions: in batches when nobody waits for it."""
    scheduled = dream.trigger == Dream.Trigger.SCHEDULE
    payer = Payer(dream.store.team, dream=dream)
    return _oracle(payer, at_leisure=scheduled, models=_models_of(dream))


def of_replay(replay: Replay) -> Oracle:
    """Who answers a replay's questions, at once: somebody waits for it.

    Its own model is the strong one; the others are the team's.
    """
    payer = Payer(replay.proposal.store.team, replay=replay)
    models = _models_of_team(payer.team) | {"strong": replay.model}
    return _oracle(payer, at_leisure=False, models=models)


def awaited(dream: Dream) -> None:
    """Raise ``Waiting`` while a batch of this dream is under way; else its answers are in.

    Asked before anything that is slow: a dream must not count all of its traces again only
    to find that it has to go on waiting.
    """
    if not Batch.objects.filter(dream=dream, ended_at=None).exists():
        return
    oracle = of(dream)
    if not isinstance(oracle, Mute):
        cast(Any, oracle).awaited()


def leftovers() -> bool:
    """Whether anything is still reserved: the rest is for ``remnants`` to see."""
    open_ = Completion.objects.filter(state__in=["reserved", "sent"])
    return open_.exists() or Batch.objects.filter(ended_at=None).exists()


def _oracle(payer: Payer, *, at_leisure: bool, models: dict[str, str]) -> Oracle:
    try:
        key = keys.find()
    except keys.KeyUnreadable as refusal:
        return Mute(refusal.message)
    if key is None:
        return Mute()
    make = cast(Callable[..., Oracle], import_string(_ASKER))
    return make(payer, at_leisure=at_leisure, models=models)


def _models_of(dream: Dream) -> dict[str, str]:
    """The models by tier, frozen into the dream the first time that it could ask."""
    frozen: dict[str, str] = dream.settings.get("models", {})
    if not frozen:
        frozen = _models_of_team(dream.store.team)
        dream.settings["models"] = frozen
        Dream.objects.filter(pk=dream.pk).update(settings=dream.settings)
    return frozen


def _models_of_team(team: Team) -> dict[str, str]:
    budget = budgets.of(team)
    return {tier: getattr(budget, tier) for tier in budgets.TIERS}
