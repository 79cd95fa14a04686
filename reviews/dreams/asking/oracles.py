"""Who answers an engine's questions."""

from collections.abc import Sequence
from decimal import Decimal

from reviews.dreams.engines import Answer, Oracle, Question
from reviews.dreams.models import Dream


class Mute:
    """The oracle of an installation without a key: it says so, and costs nothing."""

    def ask(self, questions: Sequence[Question]) -> dict[str, Answer]:
        """No answer, with the reason."""
        silence = Answer(stop="no-key", problem="No key for Anthropic's API is set.")
        return {question.name: silence for question in questions}

    def estimate(self, questions: Sequence[Question]) -> Decimal:
        """Nothing is asked, so nothing is paid."""
        return Decimal(0)

    def left(self) -> Decimal:
        """Nothing is asked, so nothing is paid."""
        return Decimal(0)


def of(dream: Dream) -> Oracle:
    """Who answers this dream's questions."""
    return Mute()
