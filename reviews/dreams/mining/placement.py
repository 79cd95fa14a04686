"""Where a new rule goes: under the heading of the head that speaks of the same thing.

Where no heading does, a default file per family; what holds for one agent or one person
goes to a file of their own, so that nobody else reads it.
"""

import re
from collections import defaultdict

import msgspec

from reviews.dreams.engines import Rule
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.novelty import mentions, stems
from reviews.memory import folders
from reviews.proposals.drafts import Scope

_DEFAULTS = {
    "mistake": ("mistakes.md", "Mistakes to avoid"),
    "workflow": ("workflows.md", "How we work"),
    "preference": ("preferences.md", "Preferences"),
}
_ENOUGH = 2.0
# Words that many headings and many tools share.
_COMMON = frozenset(
    stems("tool tools rule rules notes general agent agents memory data get set")
)


class Place(msgspec.Struct, frozen=True):
    """A memory's path and the headings above the rule, outermost first."""

    path: str
    heading: tuple[str, ...]


def place(
    candidate: Candidate, rules: list[Rule], scope: Scope, scope_of: str
) -> Place:
    """Find the place of a new rule."""
    folder = folders.of(scope, scope_of)
    scores: defaultdict[tuple[str, tuple[str, ...]], float] = defaultdict(float)
    names = (*candidate.tools, *candidate.entities)
    for rule in rules:
        if not rule.heading or folders.holding(rule.path) != folder:
            continue
        where = (rule.path, rule.heading)
        shared = {name for name in names if mentions(rule.text, name)}
        scores[where] = max(scores[where], _ENOUGH * bool(shared) + 0.1 * len(shared))
    topic = (_topic(names) | frozenset(candidate.stems)) - _COMMON
    for path, heading in {(rule.path, rule.heading) for rule in rules if rule.heading}:
        if folders.holding(path) == folder:
            scores[path, heading] += len(topic & stems(heading[-1])) * _ENOUGH
    best = min(scores, key=lambda where: (-scores[where], where), default=None)
    if best and scores[best] >= _ENOUGH:
        return Place(*best)
    name, title = _DEFAULTS[candidate.family]
    return Place(f"{folder}{name}", (title,))


def is_read(path: str, folder: str) -> bool:
    """Whether those of a folder read a path: their own files, and everybody's."""
    return folders.holding(path) in {"/", folder}


def _topic(names: tuple[str, ...]) -> frozenset[str]:
    """What names speak of: `issue_credit` of credits. A bare verb speaks of nothing."""
    words = (re.split(r"[\s_.:-]+", name) for name in names)
    return stems(" ".join(" ".join(parts[1:]) for parts in words))
