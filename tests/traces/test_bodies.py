"""A trace's steps are read whole; evidence is cut out of them exactly as it stands."""

from datetime import date

import pytest
from django.db import connection

from reviews.audit.actors import Actor
from reviews.traces import bodies, intake, partitions
from reviews.traces.models import Trace, TraceBody
from tests.factories import an_agent
from tests.traces.runs import a_record

pytestmark = pytest.mark.django_db
BY = Actor("agent", "billing")


def stored(*records) -> list[Trace]:
    intake.accept(an_agent(), records, by=BY)
    return list(Trace.objects.order_by("pk"))


def test_cited_words_are_cut_by_code_points():
    (trace,) = stored(a_record("1", "🔑 wombat ü", "yes"))

    assert bodies.slice(trace, 0, 2, 8) == "wombat"


@pytest.mark.parametrize(
    ("step", "start", "end"), [(2, 0, 1), (-1, 0, 1), (0, 0, 99), (0, 3, 3), (0, -1, 2)]
)
def test_what_lies_outside_of_a_step_cannot_be_cited(step, start, end):
    (trace,) = stored(a_record("1", "wombat", "yes"))

    with pytest.raises(bodies.OutOfReach):
        bodies.slice(trace, step, start, end)


def test_many_traces_are_loaded_with_their_steps_at_once(django_assert_num_queries):
    traces = stored(*[a_record(str(n), f"text {n}") for n in range(20)])
    keys = [trace.pk for trace in reversed(traces)]

    with django_assert_num_queries(2):
        loaded = [
            (trace.external_id, steps[0].text, trace.agent.name == trace.team.slug)
            for trace, steps in bodies.with_steps(keys)
        ]

    assert loaded == [(str(n), f"text {n}", False) for n in reversed(range(20))]


def test_a_trace_whose_body_was_erased_has_no_steps():
    (trace,) = stored(a_record("1"))
    TraceBody.objects.filter(trace_id=trace.pk).delete()

    assert bodies.steps_of(trace) == []


def test_facts_tell_a_digest_what_it_needs():
    (trace,) = stored(
        a_record(
            "1",
            person="ada",
            task="t-1",
            outcome="success",
            reward=1.0,
            tags=("a",),
            read={"billing": 3},
            started_at="2026-03-02T10:00:00Z",
        )
    )

    facts = bodies.facts_of(trace)

    assert (facts.trace, facts.person, facts.group) == ("1", "ada", "t-1")
    assert (facts.outcome, facts.reward, facts.tags) == ("success", 1.0, ("a",))
    assert (facts.day, facts.read) == ("2026-03-02", {"billing": 3})


def test_a_month_gets_its_partition_once_also_at_the_turn_of_a_year():
    partitions.ensure(date(2031, 12, 1))
    partitions.ensure(date(2031, 12, 1))
    partitions.ensure(date(2032, 1, 1))

    for day in (date(2031, 12, 1), date(2032, 1, 1)):
        TraceBody.objects.create(month=day, trace_id=1, document=b"", size=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM reviews_tracebody ORDER BY month"
        )
        names = [name for (name,) in cursor.fetchall()]
    assert names == ["reviews_tracebody_2031_12", "reviews_tracebody_2032_01"]
