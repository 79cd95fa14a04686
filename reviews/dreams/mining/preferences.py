"""Preferences: what people ask for again and again, in words of their own.

Sentences that are meant for good are brought together by what they are about; what is said
in passing only joins them where it is about the very same. One person's wish is theirs;
three people make it a team's; and where people want opposite things, nothing is proposed.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from reviews.dreams.mining import clusters
from reviews.dreams.mining.digests import Digest, Saying
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds

Key = tuple[str, ...]


class Heard:
    """All that was said about one thing in the same stems, by whom."""

    def __init__(self) -> None:
        self.support = Support()
        self.standing = 0
        self.times = 0
        # Per person: those who want it, and those who do not.
        self.wants: defaultdict[str, Counter[int]] = defaultdict(Counter)
        # Stems behind a negation, and the people who put them there.
        self.not_wanted: defaultdict[str, set[str]] = defaultdict(set)
        # Sentences and the groups in which each was said; the standing ones.
        self.texts: defaultdict[str, set[str]] = defaultdict(set)
        self.firm: set[str] = set()

    def add(self, digest: Digest, said: Saying) -> None:
        """One sentence of one run."""
        words = digest.words
        self.support.add(digest, said.span)
        self.times += 1
        self.standing += said.standing
        self.wants[digest.person][said.wants] += 1
        for number in said.not_wanted:
            self.not_wanted[words[number]].add(digest.person)
        text = words[said.text]
        self.texts[text].add(digest.group)
        if said.standing:
            self.firm.add(text)


class Wish(msgspec.Struct):
    """One thing that people want, in all its wordings."""

    keys: tuple[Key, ...]
    # Stems that more than half of the wordings share.
    anchors: tuple[str, ...]
    support: Support
    texts: dict[str, set[str]]
    firm: set[str]
    times: int
    standing: int
    # People who want it and people who want the opposite, by most of what they said.
    wanting: set[str]
    opposed: set[str]
    not_wanted: dict[str, set[str]]
    # Another wish that people who do not share this one hold against it.
    against: str = ""

    @property
    def contested(self) -> bool:
        """Whether enough people want something else instead."""
        fewer, more = sorted((len(self.wanting), len(self.opposed)))
        divided = fewer > 1 and 4 * fewer >= fewer + more
        return divided or bool(self.against) or any(map(self._turned, self.anchors))

    def _turned(self, anchor: str) -> bool:
        """Whether some name it as what they do not want, and others plainly want it."""
        against = self.not_wanted.get(anchor, set())
        return len(against - self.wanting) > 1 and len(self.wanting - against) > 1

    def sentences(self) -> list[str]:
        """Its wordings, best first: meant for good, said in many groups, short."""
        return sorted(
            self.texts,
            key=lambda text: (
                text not in self.firm,
                -len(self.texts[text]),
                len(text),
                text,
            ),
        )


def wishes(heard: Mapping[Key, Heard], limits: Thresholds) -> list[Wish]:
    """Everything that is asked for good, by what it is about."""
    firm = {key: one.standing for key, one in heard.items() if one.standing}
    groups = clusters.cluster(
        firm, distance=limits.preference_distance, most=limits.preference_keys
    )
    made = [
        _wish(group, anchors, heard)
        for group in groups
        if (anchors := _anchors(group, limits))
    ]
    _set_against_each_other(made)
    return [one for one in made if len(one.anchors) >= limits.preference_anchors]


def _anchors(group: Sequence[Key], limits: Thresholds) -> tuple[str, ...]:
    counted = Counter(word for key in group for word in key)
    least = limits.preference_anchor_share * len(group)
    return tuple(sorted(word for word, times in counted.items() if times >= least))


def _wish(
    group: Sequence[Key], anchors: tuple[str, ...], heard: Mapping[Key, Heard]
) -> Wish:
    """A cluster, and what was said in passing about the very same."""
    wanted = set(anchors)
    joining = [
        key
        for key, one in sorted(heard.items())
        if not one.standing and wanted <= set(key)
    ]
    keys = (*group, *joining)
    support, texts = Support(), defaultdict[str, set[str]](set)
    firm: set[str] = set()
    leaning: defaultdict[str, Counter[int]] = defaultdict(Counter)
    not_wanted: defaultdict[str, set[str]] = defaultdict(set)
    for key in keys:
        one = heard[key]
        support.absorb(one.support)
        for text, its in one.texts.items():
            texts[text] |= its
        firm |= one.firm
        for person, votes in one.wants.items():
            leaning[person].update(votes)
        for word, its in one.not_wanted.items():
            not_wanted[word] |= its
    return Wish(
        keys=keys, anchors=anchors, support=support, texts=dict(texts), firm=firm,
        times=sum(heard[key].times for key in keys),
        standing=sum(heard[key].standing for key in keys),
        wanting={name for name, votes in leaning.items() if votes[1] > votes[-1]},
        opposed={name for name, votes in leaning.items() if votes[-1] > votes[1]},
        not_wanted=dict(not_wanted),
    )  # fmt: skip


def _set_against_each_other(made: Sequence[Wish]) -> None:
    """Wishes of which one names what the other is about as not wanted."""
    for one in made:
        for other in made:
            unwanted = (one.not_wanted.get(word, ()) for word in other.anchors)
            if one is not other and all(len(people) > 1 for people in unwanted):
                one.against = one.against or " ".join(other.anchors)
                other.against = other.against or " ".join(one.anchors)
