"""One engine over the development traces, scored against findings and judgements."""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from reviews.dreams.engines import Head, Outcome
from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.masking import mask
from reviews.proposals.drafts import Draft
from reviews.traces import formats
from reviews.traces.formats import Record
from reviews.traces.steps import Facts, Step

HERE = Path(__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
# The folder of each set of findings.
SETS = {
    "A": "tau-airline/runs.json.gz",
    "B": "agentrx-retail/runs.json.gz",
    "D": "claude-code-team/sessions",
    "E": "aider-history",
}
# What no rule may say, by set: beside findings, the list names what is nobody's fault.
TRAPS = {
    "A": (r"change of destination", r"change of plans", r"S61CZX", r"_\d{4}"),
    "B": (r"#W\d+", r"_\d{4}", r"infrastructure"),
    "D": (r"test-secrets", r"Implement the following plan", r"don't run CI"),
    "E": (r"indent=4", r"/ask hi"),
}
_ROW = re.compile(r"^\| ([A-E]\d+) \| (must|should) \|", re.MULTILINE)


class Score(msgspec.Struct):
    """What one set came to."""

    name: str
    drafts: tuple[Draft, ...]
    # By code.
    refused: Counter[str]
    # Findings with their weight, and those that a draft states.
    weights: dict[str, str]
    matched: dict[str, str]
    trapped: list[str]
    quotes: int
    misquoted: int

    def recall(self, weight: str) -> tuple[int, int]:
        """How many findings of a weight are stated, and how many there are."""
        wanted = [name for name, its in self.weights.items() if its == weight]
        return sum(name in self.matched for name in wanted), len(wanted)


@cache
def scores() -> tuple[Score, ...]:
    """Dream over each set, once."""
    return tuple(_score(name, folder) for name, folder in SETS.items())


@cache
def verdicts() -> dict[str, tuple[str, str]]:
    """What was judged by hand, by the beginning of a fingerprint."""
    table = tomllib.loads((HERE / "judgements.toml").read_text())["verdicts"]
    return {key: (verdict, why) for key, (verdict, why) in table.items()}


def judged(name: str, draft: Draft) -> str:
    """approve, edit, reject, or unread; what one set shows may be judged by itself."""
    short, known = draft.fingerprint[:12], verdicts()
    return known.get(f"{name}:{short}", known.get(short, ("unread", "")))[0]


def missed() -> dict[str, list[str]]:
    """Why a finding is not stated, by kind."""
    return dict(_findings()["missed"])


@cache
def _findings() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((HERE / "findings.toml").read_text())


def _score(name: str, folder: str) -> Score:
    runs = list(_runs(DATA / folder))
    outcome = dream(runs)
    weights = _weights(name)
    matched = {
        finding: draft.fingerprint
        for finding, words in _findings().get(name, {}).items()
        for draft in outcome.drafts
        if _states(draft, words)
    }
    right, wrong = _quoted(runs, outcome)
    return Score(
        name, outcome.drafts, Counter(one.code for one in outcome.refused), weights,
        matched,
        [
            draft.title
            for draft in outcome.drafts
            if any(re.search(trap, draft.title) for trap in TRAPS[name])
        ],
        right + wrong, wrong,
    )  # fmt: skip


def dream(runs: list[tuple[Facts, list[Step]]]) -> Outcome:
    """The offline engine over runs, against an empty memory."""
    engine = Offline()
    state = engine.reduce([engine.evaluate(*run).digest for run in runs])
    return engine.propose(state, Head(number=0, texts={}), engine.settings())


def _runs(path: Path) -> Iterator[tuple[Facts, list[Step]]]:
    for made in formats.read(path):
        if isinstance(made, Record):
            said = (step.text for step in made.steps if step.actor == "person")
            opening = mask(next(said, "")[:400]).text
            facts = Facts(
                trace=made.external_id, agent="agent", person=made.person,
                group=made.task or f"{made.person}: {opening}", outcome=made.outcome,
                reward=made.reward, day=made.started_at[:10],
            )  # fmt: skip
            yield facts, made.steps


def _weights(name: str) -> dict[str, str]:
    rows = _ROW.findall((DATA / "golden-dev.md").read_text())
    return {finding: weight for finding, weight in rows if finding.startswith(name)}


def _states(draft: Draft, words: list[str]) -> bool:
    text = draft.title.lower()
    return all(
        any(choice in text for choice in word.lower().split("|")) for word in words
    )


def _quoted(runs: list[tuple[Facts, list[Step]]], outcome: Outcome) -> tuple[int, int]:
    """Quotes that stand verbatim at their place, and those that do not."""
    texts = {
        (facts.agent, facts.trace): {step.index: step.text for step in steps}
        for facts, steps in runs
    }
    said = [
        texts[quote.agent, quote.trace][quote.step][quote.start : quote.end]
        for draft in outcome.drafts
        for quote in draft.quotes
    ]
    claimed = [quote.sha256 for draft in outcome.drafts for quote in draft.quotes]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in said]
    right = sum(one == other for one, other in zip(hashes, claimed, strict=True))
    return right, len(said) - right
