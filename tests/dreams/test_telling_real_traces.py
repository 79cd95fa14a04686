"""Real runs of every format are told in full view: short, in one line, and each the same again."""

import re
from pathlib import Path

import pytest

from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining import telling
from reviews.traces import formats, preparation
from reviews.traces.formats import Record
from reviews.traces.steps import Facts

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real traces are not here"),
]
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]")


def told(path, most=60):
    """Some runs of a set, each with what it was told as, twice."""
    records = [one for one in formats.read(path) if isinstance(one, Record)]
    for record in records[:most]:
        prepared = preparation.prepare(record)
        facts = Facts(
            trace=record.external_id, agent="agent", group=prepared.group,
            person=record.person, outcome=record.outcome,
        )  # fmt: skip
        evaluation = Offline().evaluate(facts, prepared.steps)
        first = telling.tell(facts, prepared.steps, evaluation)
        assert first == telling.tell(facts, prepared.steps, evaluation)
        yield record, first


@pytest.mark.parametrize(
    "path",
    [
        "tau-airline/runs.json.gz",
        "agentrx-retail/runs.json.gz",
        "claude-code-team/sessions",
        "claude-code-solo",
        "aider-history/chat-history.md.gz",
    ],
)
def test_every_run_has_an_honest_paragraph(path):
    for record, one in told(DATA / path):
        last = record.steps[-1].index
        assert 0 < len(one.summary.split()) <= 80
        for text in (one.summary, *(f"{i.wrong} {i.instead}" for i in one.reflection)):
            assert text.isprintable()
            assert not HIDDEN.search(text)
        assert all(0 <= item.step <= last for item in one.reflection)
        assert all(0 <= step <= last for score in one.scores for step in score.steps)
        rated = re.search(r"The run was rated a (\w+)", one.summary)
        assert (rated[1] if rated else "") == record.outcome
        errors = next((s.part for s in one.scores if s.name == "tool_error"), 0)
        assert ("failed" in one.summary) or not errors


def test_the_person_of_a_session_and_their_stop_are_named():
    found = {
        record.external_id[:8]: one
        for record, one in told(DATA / "claude-code-team" / "sessions")
    }

    push = found["0d3f9b14"]
    assert push.summary.startswith("alex asked: “Do both please”")
    assert "A person stopped `git push`" in push.summary
    assert any("merge conflicts" in item.instead for item in push.reflection)
