"""Who read which version is a query, whichever came first: the reading or the trace."""

import pytest

from reviews.audit.actors import Actor
from reviews.traces import intake, readings
from reviews.traces.models import Reading, Trace
from tests.factories import a_store, a_team, an_agent
from tests.traces.runs import a_record

pytestmark = pytest.mark.django_db
BY = Actor("agent", "billing")


@pytest.fixture
def team():
    return a_team()


def test_reading_again_counts_and_adds_no_row(team):
    agent, store = an_agent(team), a_store(team)

    readings.record(agent, store, 3)
    readings.record(agent, store, 3)
    readings.record(agent, store, 4)

    assert dict(Reading.objects.values_list("number", "count")) == {3: 2, 4: 1}


def test_a_trace_that_arrives_is_joined_with_what_its_run_read(team):
    agent, store = an_agent(team), a_store(team)
    readings.record(agent, store, 3, run="run-1")
    readings.record(an_agent(team), store, 3, run="run-1")

    intake.accept(agent, [a_record("run-1")], by=BY)

    joined = Reading.objects.get(agent=agent)
    assert joined.trace == Trace.objects.get()
    assert Reading.objects.exclude(agent=agent).get().trace is None


def test_a_reading_that_comes_after_its_trace_is_joined_too(team):
    agent, store = an_agent(team), a_store(team)
    intake.accept(agent, [a_record("run-1")], by=BY)

    readings.record(agent, store, 3, run="run-1")

    assert Reading.objects.get().trace == Trace.objects.get()


def test_a_trace_that_says_what_it_read_leaves_a_reading_once(team):
    agent, store = an_agent(team), a_store(team, "billing")
    other = a_store(a_team(), "elsewhere")
    readings.record(agent, store, 3, run="run-1")
    read = {"billing": 3, "elsewhere": 1, "unheard-of": 2}

    intake.accept(
        agent,
        [a_record("run-1", read=read), a_record("run-2", read={"billing": 2})],
        by=BY,
    )

    found = Reading.objects.order_by("run").values_list("run", "number", "count")
    assert list(found) == [("run-1", 3, 1), ("run-2", 2, 1)]
    assert not Reading.objects.filter(store=other).exists()
    assert not Reading.objects.filter(trace=None).exists()


def test_the_reach_of_a_version_is_its_agents_and_runs(team):
    first, second, store = an_agent(team), an_agent(team), a_store(team)
    readings.record(first, store, 3, run="a")
    readings.record(first, store, 3, run="b")
    readings.record(second, store, 3)
    readings.record(second, store, 5, run="c")

    assert readings.reach(store, 3) == {"agents": 2, "runs": 2, "readings": 3}
    assert readings.reach(store, 3, 5) == {"agents": 2, "runs": 3, "readings": 4}
    assert [r.number for r in readings.since(store, 4)] == [5]
    assert {r.agent for r in readings.of_version(store, 3)} == {first, second}
