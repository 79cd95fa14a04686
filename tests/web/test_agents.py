"""An agent's page: how its runs go, week by week, and what came back in them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.dreams.models import Signal
from reviews.traces.models import Trace
from tests.factories import a_team, a_trace, an_agent

pytestmark = pytest.mark.django_db


def runs(agent, count, weeks_ago=0, *, kinds=(), outcome="", calls=4, errors=1):
    """Traces of an agent so many weeks ago, each with these signals."""
    when = timezone.now() - timedelta(weeks=weeks_ago, hours=1)
    for _ in range(count):
        trace = a_trace(agent, "hello")
        Trace.objects.filter(pk=trace.pk).update(
            happened_at=when, outcome=outcome, call_count=calls, error_count=errors,
            group=f"group-{trace.pk}",
        )  # fmt: skip
        for kind, key in kinds:
            Signal.objects.create(
                trace=trace, evaluator="offline/2", kind=kind, key=key, step=0
            )


@pytest.mark.parametrize(
    "page", ["/traces/{trace}/", "/settings/agents/{agent}/", "/settings/agents/"]
)
def test_an_agent_s_page_is_linked_from_where_the_agent_is_named(team, as_max, page):
    trace = a_trace(an_agent(team), "hello")
    url = page.format(trace=trace.pk, agent=trace.agent_id)

    assert f'href="/agents/{trace.agent_id}/"' in as_max.get(url).content.decode()


def test_shares_are_said_with_both_their_numbers(team, as_vera):
    agent = an_agent(team)
    runs(agent, 3, kinds=[("stop", "git push")], outcome="success")
    runs(agent, 2, outcome="failure")
    runs(agent, 4, weeks_ago=6)

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "2 of 5" in page  # rated bad
    assert "3 of 5" in page  # stopped by a person
    assert "4 before" in page
    assert "5 of 20" in page  # failed calls


def test_what_came_back_is_listed_with_runs_and_groups(team, as_vera):
    agent = an_agent(team)
    runs(agent, 3, kinds=[("error", "pay: too much"), ("error", "once")][:1])
    runs(agent, 1, kinds=[("error", "seen in one run")])
    runs(agent, 3, weeks_ago=8, kinds=[("loop", "long ago")])

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "pay: too much" in page
    assert "seen in one run" not in page
    assert ">long ago<" not in page


def test_a_chart_has_a_line_per_kind_its_name_and_its_numbers(team, as_vera):
    agent = an_agent(team)
    runs(agent, 2, kinds=[("loop", "pay")])
    runs(agent, 2, weeks_ago=1)

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "2 of 2 a repeated call" in page
    assert "0 of 2 a repeated call" in page
    assert "a stop by a person</text>" not in page


def test_an_agent_without_runs_says_what_would_fill_the_page(team, as_vera):
    page = as_vera.get(f"/agents/{an_agent(team).pk}/").content.decode()

    assert "No run in the last twelve weeks" in page
    assert "reads no store" in page


def test_another_teams_agent_is_not_there(as_vera):
    assert as_vera.get(f"/agents/{an_agent(a_team('other')).pk}/").status_code == 404


def test_the_page_asks_as_much_of_many_runs_as_of_few(team, flat_queries):
    agent = an_agent(team)

    flat_queries(
        f"/agents/{agent.pk}/",
        lambda: runs(agent, 1, kinds=[("loop", "pay"), ("error", "x")]),
    )
