"""What one dream can show a model: cards of its patterns, and single runs, read once."""

from collections.abc import Sequence

from reviews.dreams.claude import cards, reflecting, silent
from reviews.dreams.claude.cards import Card, Excerpt
from reviews.dreams.claude.runs import Known, Register
from reviews.dreams.engines import Context, Outcome
from reviews.dreams.mining.states import State
from reviews.traces.steps import Step

# Characters of a run that is shown for the first time.
_WHOLE = silent.LONGEST


class Material:
    """The offline outcome and its runs, with the steps of each loaded at most once."""

    def __init__(self, offline: Outcome, state: State, context: Context) -> None:
        # Deletions within memory are code's alone, and what waits or was applied brings
        # nothing but evidence: no model is asked about them.
        self.untouched = [
            one
            for one in offline.drafts
            if one.family == "hygiene" or one.fingerprint in context.settled
        ]
        self.patterns = [one for one in offline.drafts if one not in self.untouched]
        quoted = {
            (quote.agent, quote.trace) for one in self.patterns for quote in one.quotes
        }
        self.register = Register(state, quoted, context.troubled())
        self._load = context.steps
        self._steps: dict[tuple[str, str], Sequence[Step]] = {}
        self._cards: dict[int, list[Card]] = {}
        self.hidden = 0

    def cards(self, exemplars: int) -> list[Card]:
        """A card of every pattern, in the order of the drafts."""
        if exemplars not in self._cards:
            self._cards[exemplars] = [
                cards.card(draft, self._of, self.register, exemplars)
                for draft in self.patterns
            ]
        made = self._cards[exemplars]
        self.hidden = max(self.hidden, sum(one.hidden for one in made))
        return made

    def silent(self, most: int, longest: int = _WHOLE) -> list[Excerpt]:
        """Runs that went badly without a sign, shortened to so many characters."""
        return self._excerpts(silent.sample(self.register.bad, most), longest)

    def troubled(self, most: int, longest: int = _WHOLE) -> list[Excerpt]:
        """Runs that went badly at all, shortened to so many characters."""
        return self._excerpts(reflecting.sample(self.register.bad, most), longest)

    def _excerpts(self, known: Sequence[Known], longest: int) -> list[Excerpt]:
        made = (silent.excerpt(one, self._of(*one.run), longest) for one in known)
        return [one for one in made if one is not None]

    def _of(self, agent: str, trace: str) -> Sequence[Step]:
        if (agent, trace) not in self._steps:
            self._steps[agent, trace] = self._load(agent, trace)
        return self._steps[agent, trace]
