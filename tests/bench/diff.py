"""The whole diff, words and moves included, beside git and beside difflib.

``python -m tests.bench.diff`` measures this alone; it needs no installation. Processor
time is compared, that of a process and its children, because the machine is shared; git
has its start in its figure, as it would have within a request.
"""

import difflib
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from reviews.memory import diffs
from reviews.memory import lines as texts
from tests.bench.figures import Figure, table
from tests.bench.installation import Installation
from tests.memory import pathological

TITLE = "Diff of a memory, in process, beside git diff --word-diff and difflib"
WORDS = ["ask", "refund", "never", "order", "within", "hours", "the", "customer"]
LARGE = (
    "5,000 lines, 200 edits",
    "five distinct lines, edited",
    "boilerplate blocks, moved",
    "paragraphs wrapped again",
)
# Enough repetitions for the least of them to be calm; no more seconds than this.
TIMES, PATIENCE = 30, 3.0


def measure(_: Installation) -> Iterator[Figure]:
    """As a part of all measures."""
    yield from figures()


def figures() -> Iterator[Figure]:
    """Ours beside git, then ours beside difflib, text by text."""
    ordinary = {"50 rules": rules(50), "500 rules": rules(500)}
    hard = {name: text for name, text in pathological.pairs().items() if name in LARGE}
    for name, (before, after) in (ordinary | hard).items():
        ours = timed(lambda b=before, a=after: diffs.compare(b, a))
        goal = "<= 2x" if name in ordinary else "<= 200 ms"
        yield Figure(f"{name}, beside git", "ms", ours, git(before, after), goal=goal)
        yield Figure(f"{name}, beside difflib", "ms", ours, by_difflib(before, after))


def rules(count: int) -> tuple[str, str]:
    """A memory and the same with a word changed in every twentieth rule."""
    chance = Random(2)
    old = [f"- {' '.join(chance.choices(WORDS, k=14))} {n}" for n in range(count)]
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


def by_difflib(before: str, after: str) -> float:
    """Lines only, without its habit of taking frequent lines for junk."""
    a, b = texts.split(before), texts.split(after)
    return timed(
        lambda: difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    )


def timed(act: Callable[[], object]) -> float:
    """The least processor time of several runs, in milliseconds."""
    spent: list[float] = []
    while len(spent) < TIMES and sum(spent) < PATIENCE:
        began = _processor()
        act()
        spent.append(_processor() - began)
    return min(spent) * 1000


def _processor() -> float:
    """Seconds that this process and its children have used."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


if __name__ == "__main__":
    sys.stdout.write(f"{table([(TITLE, list(figures()))])}\n")
