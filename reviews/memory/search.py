"""Rules that are relevant to a task, and places where a version says certain words.

An agent asks for what is relevant: rare words count for more, words that most rules
have for nothing; what only begins alike counts a little less, and the headings and the
path of a rule speak for it too. A person asks where something stands: every word typed
has to be there.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from reviews.memory import bundles, revisions
from reviews.memory import lines as texts
from reviews.memory import rules as structure
from reviews.memory.models import Store
from reviews.memory.rules import Rule

WORD = re.compile(r"[^\W_]{2,}")
# A word that only begins alike (refund, refunds) counts a little less.
STEM = 5
STEM_WORTH = 0.7
# Among so few rules no word is too common.
FEW = 3


# So many memories are looked through for a person; their lines are counted in these.
MEMORIES = 200
# The longest query that is taken word by word.
MOST_WORDS = 12


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A line where a person's words were found; lines count from 0.

    All the words stand in the line or in the rule that begins or goes on there.
    """

    path: str
    line: int
    text: str
    heading: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The places that a version has, in order; ``more`` were counted and left out."""

    words: tuple[str, ...]
    places: tuple[Place, ...] = ()
    more: int = 0
    # Memories that hold the words, one way or another; some were not looked through.
    memories: int = 0
    unread: bool = False


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


def places(
    store: Store, query: str, *, number: int | None = None, limit: int = 100
) -> Found:
    """Where a version (or the head) says all the words of a query, in two readings."""
    words = tuple(dict.fromkeys(query.casefold().split()))[:MOST_WORDS]
    if not words:
        return Found(words=())
    at_head = number is None or number == store.head
    found = revisions.head(store) if at_head else revisions.at(store, number or 0)
    for word in words:
        found = found.filter(content__icontains=word)
    rows = list(found.order_by("path").values_list("path", "content")[: MEMORIES + 1])
    standing = [
        place
        for path, text in rows[:MEMORIES]
        for place in _places(path, text or "", words)
    ]
    return Found(
        words=words,
        places=tuple(standing[:limit]),
        more=max(0, len(standing) - limit),
        memories=len({place.path for place in standing}),
        unread=len(rows) > MEMORIES,
    )


def _places(path: str, text: str, words: Sequence[str]) -> Iterator[Place]:
    """The headings and rules of one memory that say all the words."""
    lines = texts.split(text)
    outline = structure.outline(lines)
    blocks = [
        *((h.start, h.end, ()) for h in outline.headings),
        *((r.start, r.end, r.heading) for r in outline.rules),
    ]
    for start, end, heading in sorted(blocks):
        said = "\n".join(lines[start:end]).casefold()
        if all(word in said for word in words):
            line = next(n for n in range(start, end) if _any(words, lines[n]))
            yield Place(path=path, line=line, text=lines[line], heading=heading)


def _any(words: Sequence[str], line: str) -> bool:
    return any(word in line.casefold() for word in words)


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
