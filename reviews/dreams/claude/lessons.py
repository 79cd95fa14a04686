"""Lessons across dreams: known again in other words, and counted again from the digests."""

import msgspec
from rapidfuzz import fuzz

from reviews.dreams.engines import Rejected
from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.stems import key_of
from reviews.proposals.drafts import Draft

KIND = "lesson"
# Share of the stems that two lessons have in common to be one; likeness to words that
# people turned down, of a hundred.
_SAME, _ALIKE = 0.6, 80


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What was taught or turned down before, by which the same thing is known again."""

    lessons: tuple[tuple[str, str], ...] = ()
    rejected: tuple[Rejected, ...] = ()

    def fingerprint(self, lesson: str, anchors: tuple[str, ...]) -> str:
        """What a lesson is known by already, or nothing."""
        about = set(anchors)
        for fingerprint, known in self.lessons:
            words = set(known.split())
            if len(about & words) >= _SAME * len(about | words):
                return fingerprint
        said = set(key_of(lesson))
        for one in self.rejected:
            theirs = set(key_of(one.text))
            alike = fuzz.token_sort_ratio(lesson, one.text) >= _ALIKE
            if alike or len(said & theirs) >= _SAME * len(said | theirs):
                return one.fingerprint
        return ""


class Recount:
    """A lesson's support counted again, from the digests of the runs that it names."""

    def __init__(self, draft: Draft) -> None:
        lines = draft.trigger.get("runs", "").split("\n")
        self._named = {tuple(line.split("\t")) for line in lines}
        self._seen: set[tuple[str, str, str, str]] = set()

    def read(self, digest: Digest) -> None:
        """Count one run, if it is one of them."""
        if (digest.agent, digest.trace) in self._named:
            self._seen.add((digest.agent, digest.trace, digest.group, digest.person))

    def counts(self) -> dict[str, float]:
        """Runs, groups, people and agents."""
        return {
            "runs": len(self._seen),
            "groups": len({group for _, _, group, _ in self._seen}),
            "people": len({person for _, _, _, person in self._seen if person}),
            "agents": len({agent for agent, _, _, _ in self._seen}),
        }
