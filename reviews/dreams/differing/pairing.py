"""Which rule of the old text is which of the new one, as far as that can be told."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from reviews.dreams.differing.regions import Region
from reviews.memory.rules import Rule

# Alike enough to be one rule: anywhere, and where nothing else came or went.
ALIKE = 80.0
ALIKE_ALONE = 50.0
# Beyond so many pairs nobody could say which is which, nor wait for it.
MOST_PAIRS = 250_000

# Region, and line where the rule begins.
Key = tuple[int, int]
_Fits = Callable[[Key, Key], bool]


class Pairs:
    """Pairs of old and new keys by how they were found, and what is left of each side."""

    def __init__(self, regions: Sequence[Region], after: Sequence[Rule]) -> None:
        self.after = tuple(after)
        self.old = {
            (n, rule.start): rule for n, r in enumerate(regions) for rule in r.gone
        }
        self.new = {
            (n, rule.start): rule for n, r in enumerate(regions) for rule in r.come
        }
        self.gone, self.come = dict(self.old), dict(self.new)
        # The same words in the same place, laid out otherwise.
        self.kept: dict[Key, Key] = {}
        # Other words in the same place.
        self.reworded: dict[Key, Key] = {}
        # The same words elsewhere, and nearly the same words elsewhere.
        self.moved: dict[Key, Key] = {}
        self.carried: dict[Key, Key] = {}
        self._exact(self.kept, _in_one_region)
        self._alike(self.reworded, _in_one_region)
        self._alone(len(regions))
        self._exact(self.moved, _anywhere)
        self._alike(self.carried, _anywhere)

    def _exact(self, into: dict[Key, Key], fits: _Fits) -> None:
        by_text: dict[str, list[Key]] = defaultdict(list)
        for key, rule in self.come.items():
            by_text[rule.text].append(key)
        for old, rule in list(self.gone.items()):
            new = next((key for key in by_text[rule.text] if fits(old, key)), None)
            if new is not None:
                by_text[rule.text].remove(new)
                self._take(into, old, new)

    def _alike(self, into: dict[Key, Key], fits: _Fits) -> None:
        """Pairs of the same kind, the most alike first."""
        if len(self.gone) * len(self.come) > MOST_PAIRS:
            return
        scored = [
            (-score, old, new)
            for old, was in self.gone.items()
            for new, becomes in self.come.items()
            if fits(old, new)
            and was.kind == becomes.kind
            and (score := fuzz.ratio(was.text, becomes.text, score_cutoff=ALIKE))
        ]
        for _, old, new in sorted(scored):
            if old in self.gone and new in self.come:
                self._take(into, old, new)

    def _alone(self, regions: int) -> None:
        """One that went where one came is the same rule, with less likeness."""
        for number in range(regions):
            gone = [key for key in self.gone if key[0] == number]
            come = [key for key in self.come if key[0] == number]
            if len(gone) == len(come) == 1:
                was, becomes = self.gone[gone[0]], self.come[come[0]]
                score = fuzz.ratio(was.text, becomes.text)
                if was.kind == becomes.kind and score >= ALIKE_ALONE:
                    self._take(self.reworded, gone[0], come[0])

    def _take(self, into: dict[Key, Key], old: Key, new: Key) -> None:
        into[old] = new
        del self.gone[old], self.come[new]


def _in_one_region(old: Key, new: Key) -> bool:
    return old[0] == new[0]


def _anywhere(_old: Key, _new: Key) -> bool:
    return True
