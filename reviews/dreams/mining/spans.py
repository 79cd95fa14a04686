"""Ranges of steps, taken while the step is at hand: place, hash, and whose words they are."""

import hashlib

from reviews.dreams.mining.digests import Span
from reviews.traces.steps import Step

LONGEST_QUOTE = 240
_VOICES = {"tool": "t", "web": "w", "agent": "a", "person": "p", "operator": "o"}


def of(step: Step, start: int, end: int | None = None) -> Span:
    """The range of a step; without an end as much as a quote may hold."""
    if end is None:
        end = min(len(step.text), start + LONGEST_QUOTE)
    sha = hashlib.sha256(step.text[start:end].encode()).digest()
    return Span(step.index, start, end, sha, _VOICES[step.provenance])


def place(text: str, argument: str) -> int:
    """Where an argument stands in a long call, so that a quote shows what changed."""
    if not argument or len(text) <= LONGEST_QUOTE:
        return 0
    return max(0, text.find(f'"{argument}"'))
