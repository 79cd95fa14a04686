"""What a dream with Claude says about itself: sentences from its counts."""

from collections import Counter

import msgspec

_KEPT = {
    "another-pattern": "about another pattern",
    "empty": "without words",
    "instance-specific": "about one instance",
    "instruction-like": "giving orders to a model",
    "invisible-characters": "with characters that nobody can see",
    "personal-data": "naming somebody",
    "recited": "reciting instructions",
    "secret": "holding what looks like a secret",
    "too-long": "too long",
    "unheard-name": "naming what no person or agent had named",
    "unknown-item": "about an item that is not there",
    "unsupported": "not borne out by quotes of two groups",
    "whole-file": "rewriting a whole file",
    "wrong-number": "with a number that no evidence has",
}


class Report(msgspec.Struct):
    """The counts of one dream's rounds."""

    judged: int = 0
    worded: int = 0
    turned_down: int = 0
    moved: int = 0
    doubted: int = 0
    silent: int = 0
    lessons: int = 0
    reflections: int = 0
    suspicious: int = 0
    hidden: int = 0
    kept: Counter[str] = msgspec.field(default_factory=Counter)

    def sentences(self) -> list[str]:
        """What was asked and what came of it, as the dream's page says it."""
        said = [self._judged(), self._silent()]
        if self.moved:
            said.append(
                f"Claude turned {_many(self.moved, 'addition')} into changes of rules that are there."
            )
        if self.doubted:
            said.append(
                f"A second reading objects to {_many(self.doubted, 'change')}: the objection stands beside the reasons."
            )
        if self.reflections:
            said.append(f"Claude reflected on {_many(self.reflections, 'run')}.")
        if self.kept:
            reasons = ", ".join(
                f"{count:,} {_KEPT.get(code, code)}"
                for code, count in sorted(self.kept.items())
            )
            said.append(f"Of what Claude wrote this was not taken over: {reasons}.")
        if self.suspicious:
            said.append(
                f"Material that tries to instruct a model was met {_many(self.suspicious, 'time')}; nothing was taken from it."
            )
        if self.hidden:
            said.append(
                f"{_many(self.hidden, 'character')} that nobody can see were kept from Claude."
            )
        return [one for one in said if one]

    def _judged(self) -> str:
        if not self.judged:
            return ""
        return (
            f"Claude judged {_many(self.judged, 'pattern')}: it worded {self.worded:,} anew"
            f" and turned {self.turned_down:,} down."
        )

    def _silent(self) -> str:
        if not self.silent:
            return ""
        runs = _many(self.silent, "run")
        lessons = f"{_many(self.lessons, 'lesson')} came back in three groups or more."
        return f"Claude read {runs} that went badly without a sign: {lessons}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
