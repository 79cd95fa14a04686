"""Evidence that comes all at once is looked at by people."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.dreams import bursts
from reviews.dreams.mining.counterfactuals import Run, Tried
from reviews.proposals.drafts import Draft
from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DRAFT = Draft(
    fingerprint="f", family="preference", kind="wish", title="T", operations=()
)


@pytest.fixture
def agent():
    return factories.an_agent(name="clerk")


def ran(agent, name, ago, person):
    step = Step(0, "message", "person", "Euros, please.")
    record = Record(
        external_id=name, format="own", person=person, steps=[step],
        started_at=(NOW - ago).isoformat() if ago is not None else "",
    )  # fmt: skip
    intake.accept(agent, [record], by=factories.SETUP)


def a_history(agent, days=40):
    for day in range(days):
        ran(agent, f"day-{day}", timedelta(days=day), f"old-{day % 6}")


def flagged(agent, names):
    runs = Trace.objects.filter(external_id__in=names)
    sighted = tuple(
        Run(rank=b"%d" % n, agent="clerk", trace=one.external_id, person=one.person)
        for n, one in enumerate(runs)
    )
    tried = {"f": Tried(sighted=sighted)}
    (draft,) = bursts.mark(agent.team, [DRAFT], tried, NOW)
    return "burst" in draft.flags


def test_what_was_said_over_weeks_is_no_burst(agent):
    a_history(agent)

    assert not flagged(agent, [f"day-{day}" for day in range(0, 40, 6)])


def test_what_came_within_an_hour_is_one(agent):
    a_history(agent)
    for n in range(4):
        ran(agent, f"x-{n}", timedelta(days=9, minutes=10 * n), f"old-{n}")

    assert flagged(agent, ["x-0", "x-1", "x-2", "x-3", "day-1", "day-2", "day-3"])
    assert not flagged(agent, ["x-0", "x-1", "day-1", "day-2", "day-3"])


def test_where_everything_came_within_that_hour_it_says_nothing(agent):
    for n in range(12):
        ran(agent, f"x-{n}", timedelta(days=9, minutes=n), f"p-{n}")

    assert not flagged(agent, [f"x-{n}" for n in range(6)])


def test_people_whom_nobody_knew_a_week_ago_are_one_too(agent):
    a_history(agent)
    for n in range(3):
        ran(agent, f"n-{n}", timedelta(days=2 * n), f"new-{n}")

    assert flagged(agent, ["n-0", "n-1", "n-2", "day-9"])
    assert not flagged(agent, ["n-0", "day-9", "day-8"])


def test_in_a_new_team_everybody_is_new(agent):
    for n in range(6):
        ran(agent, f"n-{n}", timedelta(days=n), f"new-{n}")

    assert not flagged(agent, [f"n-{n}" for n in range(6)])


def test_an_archive_without_times_did_not_happen_when_it_came(agent):
    a_history(agent, days=14)
    for n in range(8):
        ran(agent, f"old-{n}", None, f"somebody-{n}")

    assert not flagged(agent, [f"old-{n}" for n in range(8)])
    assert not flagged(agent, [*(f"old-{n}" for n in range(8)), "day-1", "day-9"])


def test_what_came_within_an_hour_is_one_beside_an_archive_without_times(agent):
    a_history(agent, days=14)
    for n in range(40):
        ran(agent, f"old-{n}", None, f"somebody-{n}")
    for n in range(4):
        ran(agent, f"x-{n}", timedelta(days=9, minutes=10 * n), f"old-{n}")
    at_once = [f"x-{n}" for n in range(4)]

    assert flagged(agent, [*at_once, "old-1", "old-2", "old-3"])
    assert not flagged(agent, [*at_once, *(f"old-{n}" for n in range(4))])


def test_the_densest_hour_is_found_wherever_it_lies():
    minutes = [0, 50, 90, 95, 100, 240]
    times = [NOW + timedelta(minutes=minute) for minute in minutes]

    assert bursts.densest(times) == (NOW + timedelta(minutes=50), 4)
    assert bursts.densest([]) == (None, 0)
