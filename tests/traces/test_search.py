"""A list of traces is narrowed by what people know of a run, and paged by key."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.traces import intake, search
from reviews.traces.search import Filters
from reviews.traces.steps import Step
from tests.factories import a_team, an_agent
from tests.traces.runs import a_record, steps

pytestmark = pytest.mark.django_db
BY = Actor("agent", "billing")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minutes: int) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


def found(team, **filters) -> list[str]:
    return [trace.external_id for trace in search.find(team, Filters(**filters))]


@pytest.fixture
def team():
    team = a_team()
    billing, support = an_agent(team, "billing"), an_agent(team, "support")
    failing = [
        Step(0, "message", "system", "Policy: never mention giraffes"),
        Step(1, "message", "person", "Refund my zebra"),
        Step(2, "tool_call", "agent", '{"animal": "okapi"}', tool="refund"),
        Step(3, "tool_result", "tool", "Error: quota exceeded", error=True),
        Step(4, "tool_result", "tool", "a walrus in plain output"),
    ]
    intake.accept(
        billing,
        [
            a_record("1", started_at=at(1), person="ada", outcome="success"),
            a_record("2", steps=failing, started_at=at(2), outcome="failure"),
        ],
        by=BY,
    )
    intake.accept(support, [a_record("3", started_at=at(3), task="t-9")], by=BY)
    intake.accept(an_agent(), [a_record("4", "Refund my zebra")], by=BY)
    return team


def test_the_newest_comes_first_and_other_teams_never(team):
    assert found(team) == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"agent": "billing"}, ["2", "1"]),
        ({"agent": "nobody"}, []),
        ({"outcome": "failure"}, ["2"]),
        ({"outcome": "unknown"}, ["3"]),
        ({"person": "ada"}, ["1"]),
        ({"group": "t-9"}, ["3"]),
        ({"since": NOON + timedelta(minutes=2)}, ["3", "2"]),
        ({"until": NOON + timedelta(minutes=2)}, ["1"]),
        ({"text": "zebras"}, ["2"]),
        ({"text": '"quota exceeded"'}, ["2"]),
        ({"text": "refund -zebra"}, ["3", "1"]),
        ({"text": "giraffes or okapi or walrus"}, []),
        ({"text": "zebra", "outcome": "success"}, []),
        ({"text": "'; drop \0 table & !"}, []),
    ],
)
def test_filters_narrow_the_list(team, filters, names):
    assert found(team, **filters) == names


def test_pages_follow_each_other_without_gap_or_repetition_both_ways():
    team = a_team()
    agent = an_agent(team)
    # Many at the same moment: the key must tell them apart.
    records = [a_record(str(n), started_at=at(n // 4)) for n in range(11)]
    intake.accept(agent, records, by=BY)
    rows = search.find(team)
    everything = [trace.pk for trace in rows]

    pages, key = [], ""
    while True:
        page = search.page(rows, key, size=3)
        pages.append(page)
        if not (key := page.older):
            break
    back = [pages[-1]]
    while back[-1].newer:
        back.append(search.page(rows, back[-1].newer, size=3))

    assert [t.pk for page in pages for t in page.traces] == everything
    assert [t.pk for page in reversed(back) for t in page.traces] == everything
    assert not pages[0].newer


@pytest.mark.parametrize("key", ["older-nonsense", "newer-", "older-AAAA", "x"])
def test_a_key_that_nobody_gave_is_refused(team, key):
    with pytest.raises(Invalid):
        search.page(search.find(team), key)


def test_a_page_is_one_query_however_many_rows(team, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = search.page(search.find(team))
        assert {trace.agent.name for trace in page.traces} == {"billing", "support"}
    assert steps("x")
