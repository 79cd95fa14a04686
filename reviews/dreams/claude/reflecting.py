"""Reflections: what went wrong in single runs, kept where the quoted step says so."""

import hashlib
from collections.abc import Sequence
from typing import Any

from reviews.dreams.claude import answers, plain, prompts, silent
from reviews.dreams.claude.cards import Excerpt
from reviews.dreams.claude.runs import Known
from reviews.dreams.claude.schemas import Reflection
from reviews.dreams.engines import Question, Reflected, Tier
from reviews.proposals import flags

MOST = 20
_MOST_ITEMS = 3
_LONGEST = 300
_UNFIT = {"instruction-like", "invisible-characters", "secret"}


def sample(bad: Sequence[Known], most: int) -> list[Known]:
    """Runs that went badly, lowest hash first: each night the same ones first."""
    return sorted(bad, key=lambda known: known.rank)[:most]


def ask(excerpt: Excerpt, tier: Tier = "small", attempt: int = 1) -> Question:
    """The question about one run."""
    run = hashlib.sha256(f"{excerpt.agent}\0{excerpt.trace}".encode()).hexdigest()
    again = f":{attempt}" if attempt > 1 else ""
    return answers.question(
        f"reflect:{run[:40]}{again}",
        "reflect",
        tier,
        prompts.block(silent.content(excerpt)),
        Reflection,
        runs=[(excerpt.agent, excerpt.trace)],
        max_tokens=1_200,
    )


def reflected(excerpt: Excerpt, answer: Reflection) -> Reflected | None:
    """What of a reflection stands: the step is there, says what is quoted, and is plain."""
    items: list[dict[str, Any]] = []
    for one in answer.mistakes[:_MOST_ITEMS]:
        step = excerpt.step(one.step)
        if step is None or plain.find(one.quote, step.text) is None:
            continue
        wrong, instead = _sentence(one.wrong), _sentence(one.instead)
        if wrong and not _UNFIT & set(flags.on_text(f"{wrong}\n{instead}")):
            items.append({"step": one.step, "wrong": wrong, "instead": instead})
    if not items:
        return None
    return Reflected(agent=excerpt.agent, trace=excerpt.trace, items=tuple(items))


def _sentence(text: str) -> str:
    return plain.shown(" ".join(text.split())).text[:_LONGEST]
