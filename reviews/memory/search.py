"""Rules of the head that are relevant to a task, by the words that they share with it.

Rare words count for more, words that most rules have for nothing; what only begins
alike counts a little less. The headings and the path of a rule speak for it too.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from reviews.memory import bundles, revisions
from reviews.memory.models import Store
from reviews.memory.rules import Rule

WORD = re.compile(r"[^\W_]{2,}")
# A word that only begins alike (refund, refunds) counts a little less.
STEM = 5
STEM_WORTH = 0.7
# Among so few rules no word is too common.
FEW = 3


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was found, and how well it fits."""

    path: str
    rule: Rule
    score: float


def rules(
    store: Store, query: str, *, limit: int = 10, person: str = "", agent: str = ""
) -> list[Hit]:
    """The rules of the head that fit a query best, as one reader may see them."""
    found = bundles.visible(revisions.head(store), person=person, agent=agent)
    return rank(
        (
            (revision.path, rule)
            for revision in found.order_by("path")
            for rule in revisions.authored(revision).rules
        ),
        query,
        limit=limit,
    )


def rank(
    candidates: Iterable[tuple[str, Rule]], query: str, *, limit: int
) -> list[Hit]:
    """The best of these rules for a query, best first; none that share no word."""
    standing = [(path, rule, _terms(path, rule)) for path, rule in candidates]
    frequency = Counter(term for _, _, terms in standing for term in terms)
    wanted = {
        term: math.log(1 + len(standing) / frequency[term]) * worth
        for word in set(_words(query))
        for term, worth in ((word, 1.0), (_stem(word), STEM_WORTH))
        if 0 < frequency[term] <= max(FEW, len(standing) / 2)
    }
    hits = [
        Hit(path=path, rule=rule, score=round(sum(wanted.get(t, 0) for t in terms), 4))
        for path, rule, terms in standing
    ]
    fitting = (hit for hit in hits if hit.score > 0)
    return sorted(fitting, key=lambda hit: -hit.score)[:limit]


def _terms(path: str, rule: Rule) -> set[str]:
    """The words of a rule, its headings and its path, and their stems."""
    words = _words(" ".join([path, *rule.heading, rule.text]))
    return {term for word in words for term in (word, _stem(word))}


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _stem(word: str) -> str:
    """The beginning of a word, marked so that it never equals a whole one."""
    return word[:STEM] + "*"
