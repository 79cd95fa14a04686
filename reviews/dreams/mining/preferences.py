"""Preferences: what people ask for again and again, in words of their own.

Sentences that are meant for good are brought together by what they are about; what is said
in passing only joins them where it is about the very same. One person's wish is theirs;
three people make it a team's; and where people want opposite things, nothing is proposed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

import msgspec

from reviews.dreams.mining import clusters, sayings
from reviews.dreams.mining.digests import Saying, Worded
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds

Key = tuple[str, ...]

# A sentence of fewer words names a thing and hardly says what about it.
_LEAST_SAID = 4


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
        # Where different words were made one: what was said in the digests.
        self.keys: set[Key] = set()

    def add(self, digest: Worded, said: Saying) -> None:
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

    def absorb(self, other: "Heard") -> None:
        """Take over what was said in other words for the same."""
        self.support.absorb(other.support)
        self.standing += other.standing
        self.times += other.times
        self.firm |= other.firm
        for person, votes in other.wants.items():
            self.wants[person].update(votes)
        for mine, theirs in (
            (self.not_wanted, other.not_wanted), (self.texts, other.texts)
        ):  # fmt: skip
            for word, its in theirs.items():
                mine[word] |= its


class Wish(msgspec.Struct):
    """One thing that people want, in all its wordings."""

    # As digests have them.
    keys: tuple[Key, ...]
    # Stems that more than half of the wordings share.
    anchors: tuple[str, ...]
    support: Support
    texts: dict[str, set[str]]
    # What each of them is about.
    about: dict[str, Key]
    firm: set[str]
    times: int
    standing: int
    # People who want it and people who want the opposite, by most of what they said.
    wanting: set[str]
    opposed: set[str]
    not_wanted: dict[str, set[str]]
    # Another wish that people who do not share this one hold against it.
    against: str = ""
    # What it is about has a name of its own: that says enough, meant for good or not.
    named: bool = False

    @property
    def dissenting(self) -> set[str]:
        """The fewer people, who want the opposite of what most want."""
        return min(self.opposed, self.wanting, key=len)

    def is_contested(self, limits: Thresholds) -> bool:
        """Whether enough people want something else instead."""
        fewer, all_of_them = len(self.dissenting), len(self.wanting) + len(self.opposed)
        enough = limits.preference_dissenting
        share = limits.preference_dissenting_share
        divided = fewer >= enough and fewer >= share * all_of_them
        return (
            divided
            or bool(self.against)
            or any(self._is_turned(anchor, enough) for anchor in self.anchors)
        )

    def _is_turned(self, anchor: str, enough: int) -> bool:
        """Whether some name it as what they do not want, and others plainly want it."""
        against = self.not_wanted.get(anchor, set())
        return (
            len(against - self.wanting) >= enough
            and len(self.wanting - against) >= enough
        )

    def sentences(self) -> list[str]:
        """Its wordings, best first: meant for good, said in many groups, short.

        Of what has a name the shortest says too little: when, or instead of what.
        """
        return sorted(
            self.texts,
            key=lambda text: (
                text not in self.firm,
                self.named and len(text.split()) < _LEAST_SAID,
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
    passing = _in_passing(heard)
    made = [
        _wish(group, anchors, heard, passing)
        for group in groups
        if (anchors := _anchors(group, limits))
    ]
    _set_against_each_other(made, limits)
    made = [one for one in made if len(one.anchors) >= limits.preference_anchors]
    told = {key for one in made for key in one.about.values()}
    return [*made, *_named(heard, told, limits)]


def with_synonyms(
    heard: Mapping[Key, Heard], synonyms: Mapping[str, str]
) -> Mapping[Key, Heard]:
    """What was said, with a store's own different words for one thing as one."""
    if not synonyms:
        return heard
    joined: defaultdict[Key, Heard] = defaultdict(Heard)
    for key, one in sorted(heard.items()):
        own = joined[tuple(sorted({synonyms.get(word, word) for word in key}))]
        own.absorb(one)
        own.keys.add(key)
    return joined


def _named(
    heard: Mapping[Key, Heard], told: Set[Key], limits: Thresholds
) -> Iterator[Wish]:
    """What is asked for again and again by its name, each name once."""
    keys_of: defaultdict[str, set[Key]] = defaultdict(set)
    for key, one in heard.items():
        names = {name.lower() for text in one.texts for name in sayings.named(text)}
        for word in names & set(key):
            keys_of[word].add(key)
    for name, keys in sorted(keys_of.items()):
        groups = {group for key in keys for group in heard[key].support.groups}
        if len(groups) >= limits.preference_groups and not keys & told:
            wish = _wish(sorted(keys), (name,), heard, {})
            wish.named = True
            yield wish


def _anchors(group: Sequence[Key], limits: Thresholds) -> tuple[str, ...]:
    counted = Counter(word for key in group for word in key)
    least = limits.preference_anchor_share * len(group)
    return tuple(sorted(word for word, times in counted.items() if times >= least))


def _in_passing(heard: Mapping[Key, Heard]) -> dict[str, list[Key]]:
    """What was never meant for good, by each of its stems, in order."""
    found: defaultdict[str, list[Key]] = defaultdict(list)
    for key in sorted(key for key, one in heard.items() if not one.standing):
        for word in key:
            found[word].append(key)
    return dict(found)


def _wish(
    group: Sequence[Key],
    anchors: tuple[str, ...],
    heard: Mapping[Key, Heard],
    passing: Mapping[str, Sequence[Key]],
) -> Wish:
    """A cluster, and what was said in passing about the very same."""
    near = min((passing.get(anchor, ()) for anchor in anchors), key=len)
    joining = [key for key in near if set(anchors) <= set(key)]
    keys = (*group, *joining)
    support, texts = Support(), defaultdict[str, set[str]](set)
    firm: set[str] = set()
    about: dict[str, Key] = {}
    leaning: defaultdict[str, Counter[int]] = defaultdict(Counter)
    not_wanted: defaultdict[str, set[str]] = defaultdict(set)
    for key in keys:
        one = heard[key]
        support.absorb(one.support)
        for text, its in one.texts.items():
            texts[text] |= its
            about[text] = key
        firm |= one.firm
        for person, votes in one.wants.items():
            leaning[person].update(votes)
        for word, its in one.not_wanted.items():
            not_wanted[word] |= its
    return Wish(
        keys=tuple(its for key in keys for its in sorted(heard[key].keys or {key})),
        anchors=anchors, support=support, texts=dict(texts),
        about=about, firm=firm,
        times=sum(heard[key].times for key in keys),
        standing=sum(heard[key].standing for key in keys),
        wanting={name for name, votes in leaning.items() if votes[1] > votes[-1]},
        opposed={name for name, votes in leaning.items() if votes[-1] > votes[1]},
        not_wanted=dict(not_wanted),
    )  # fmt: skip


def _set_against_each_other(made: Sequence[Wish], limits: Thresholds) -> None:
    """Wishes of which one names what the other is about as not wanted."""
    about: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(made):
        about[one.anchors[0]].append(number)
    for one in made:
        unwanted = {
            word
            for word, people in one.not_wanted.items()
            if len(people) >= limits.preference_dissenting
        }
        for number in sorted(n for word in unwanted for n in about.get(word, ())):
            other = made[number]
            if other is not one and unwanted >= set(other.anchors):
                one.against = one.against or " ".join(other.anchors)
                other.against = other.against or " ".join(one.anchors)
