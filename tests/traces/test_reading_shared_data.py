"""Nothing of the real data is lost: the counts that its README states."""

from collections import Counter
from pathlib import Path

import pytest

from reviews.traces import formats
from reviews.traces.formats import Record, Unreadable

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real traces are not here"),
]


def records(path: Path) -> list[Record]:
    return [entry for entry in formats.read(path) if isinstance(entry, Record)]


@pytest.mark.parametrize(
    ("folder", "runs", "successes", "calls"),
    [("tau-airline", 96, 37, 600), ("agentrx-retail", 52, 39, 395)],
)
def test_every_chat_run_is_read_with_its_outcome(folder, runs, successes, calls):
    found = list(formats.read(DATA / folder / "runs.json.gz"))

    assert not [entry for entry in found if isinstance(entry, Unreadable)]
    read = [entry for entry in found if isinstance(entry, Record)]
    assert len({record.external_id for record in read}) == runs
    assert sum(record.outcome == "success" for record in read) == successes
    steps = Counter(step.kind for record in read for step in record.steps)
    assert steps["tool_call"] == steps["tool_result"] == calls
    for record in read:
        asked = [step.call for step in record.steps if step.kind == "tool_call"]
        told = [step.call for step in record.steps if step.kind == "tool_result"]
        assert asked == told
        assert len(set(asked)) == len(asked)


def test_every_session_of_the_team_is_read_and_no_line_is_lost():
    found = list(formats.read(DATA / "claude-code-team" / "sessions"))

    assert not [entry for entry in found if isinstance(entry, Unreadable)]
    read = [entry for entry in found if isinstance(entry, Record)]
    assert len(read) == 88
    # The README counts 19,369 readable lines; one more holds two objects run together.
    assert sum(record.extra["lines"] for record in read) == 19_370
    seen = Counter[str]()
    for record in read:
        seen.update(record.extra["seen"])
        assert "unknown" not in record.extra
    assert seen.total() == 19_371
    people = Counter(record.person for record in read)
    assert people["soph"] == 35
    assert people["alex"] == 24
    assert "" not in people


def test_stops_of_the_team_are_told_with_their_reasons():
    stops = [
        step
        for record in records(DATA / "claude-code-team" / "sessions")
        for step in record.steps
        if step.kind == "stop" and step.tool
    ]

    said = [step for step in stops if step.actor == "person" and step.text]
    assert len(stops) == 37
    assert len(said) == 21
    assert sum("rebase" in step.text for step in said) == 2


def test_long_sessions_hold_their_subagents():
    found = {
        record.external_id: record for record in records(DATA / "claude-code-solo")
    }

    assert len(found) == 4
    long = found["8463c716-a2ea-4c14-9efa-87158ebd9f20"]
    agents = Counter(step.agent for step in long.steps if step.agent)
    assert set(agents) == {"Explore", "compaction"}
    assert agents["Explore"] > 30


def test_every_chat_of_the_aider_log_is_read_and_every_undo_is_a_stop():
    found = list(formats.read(DATA / "aider-history"))

    assert not [entry for entry in found if isinstance(entry, Unreadable)]
    read = [entry for entry in found if isinstance(entry, Record)]
    assert len({record.external_id for record in read}) == len(read) == 348
    steps = [step for record in read for step in record.steps]
    typed = [step for step in steps if step.text.startswith("/undo")]
    # Two of the forty have no commit before them in their chat.
    assert Counter(step.kind for step in typed) == {"stop": 38, "status": 2}
