"""The diff of a wording beside ``git diff --word-diff``, a process included."""

import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from reviews.memory import diffs
from tests.bench.figures import Figure, p50
from tests.bench.installation import Installation

TITLE = "Diff of a memory, in process, beside git diff --word-diff"
WORDS = [
    "ask",
    "refund",
    "never",
    "order",
    "within",
    "hours",
    "the",
    "customer",
    "lead",
]


def measure(_: Installation) -> Iterator[Figure]:
    for rules in (50, 500):
        before, after = texts(rules)
        ours = timed(lambda b=before, a=after: diffs.compare(b, a))
        yield Figure(
            f"{rules} rules, p50", "ms", ours, git(before, after), goal="<= 2x"
        )


def texts(rules: int) -> tuple[str, str]:
    """A memory and the same with a word changed in every twentieth rule."""
    chance = random.Random(2)
    old = [f"- {' '.join(chance.choices(WORDS, k=14))} {n}" for n in range(rules)]
    new = [
        line.replace("within", "after") if chance.random() < 0.05 else line
        for line in old
    ]
    return "\n".join(old) + "\n", "\n".join(new) + "\n"


def git(before: str, after: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        sides = [Path(folder) / "old.md", Path(folder) / "new.md"]
        for side, text in zip(sides, (before, after), strict=True):
            side.write_text(text)
        command = ["git", "diff", "--no-index", "--word-diff", *map(str, sides)]
        return timed(lambda: subprocess.run(command, capture_output=True, check=False))


def timed(act: Callable[[], object], times: int = 30) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return p50(spent)
