"""The screen for orders to a model is no nuisance on what tools really answer."""

from itertools import islice
from pathlib import Path

import pytest

from reviews.dreams.mining import signals
from reviews.errors import DomainError
from reviews.traces import formats
from reviews.traces.formats import Record

DATA = Path(__file__).parents[3] / "shared" / "data"
SETS = ["claude-code-team", "claude-code-solo", "tau-airline", "agentrx-retail",
        "who-and-when", "swe-trajectories", "cli-formats", "spans"]  # fmt: skip
RESULTS = 10_000
# Of a thousand answers at most two.
MOST = 0.002


def answers():
    """Tools' answers of the shared traces, one after the other."""
    files = (file for name in SETS for file in sorted((DATA / name).rglob("*.*")))
    for file in files:
        if not file.is_file() or file.name.startswith(("README", "LICENSE")):
            continue
        try:
            made = [one for one in formats.read(file) if isinstance(one, Record)]
        except DomainError:
            continue
        for record in made:
            yield from (s for s in record.steps if s.actor == "tool" and s.text)


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the real traces")
def test_real_answers_raise_hardly_any_alarm(record_property):
    read = list(islice(answers(), RESULTS))
    alarmed = sum(
        any(one.kind == "injection" for one in signals.suspicions([step]))
        for step in read
    )

    lines = sum(signals.gives_orders(step.text[:160]) for step in read)

    record_property("false alarms", f"{alarmed} and {lines} of {len(read)}")
    # The development part holds about half as many.
    assert len(read) > RESULTS / 2
    assert alarmed <= MOST * len(read)
    assert lines <= MOST * len(read)
