"""An agent's page: how its runs go, week by week, and what came back in them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.dreams.models import Episode, Signal
from reviews.traces.models import Trace
from tests.factories import a_team, a_trace, an_agent

pytestmark = pytest.mark.django_db


def runs(agent, count, weeks_ago=0, *, kinds=(), outcome="", calls=4, scores=None):
    """Traces of an agent so many weeks ago, with these signals, and (part, of) per score."""
    when = timezone.now() - timedelta(weeks=weeks_ago, hours=1)
    for _ in range(count):
        trace = a_trace(agent, "hello")
        Trace.objects.filter(pk=trace.pk).update(
            happened_at=when, outcome=outcome, call_count=calls, error_count=1,
            group=f"group-{trace.pk}",
        )  # fmt: skip
        for kind, key in kinds:
            Signal.objects.create(
                trace=trace, evaluator="offline/2", kind=kind, key=key, step=0
            )
        if scores is not None:
            Episode.objects.create(
                trace=trace, agent=agent, day=when.date(), evaluator="offline/3", of="x",
                scores={name: part / of for name, (part, of) in scores.items()},
                grounds={n: {"part": p, "of": of} for n, (p, of) in scores.items()},
            )  # fmt: skip


@pytest.mark.parametrize(
    "page", ["/traces/{trace}/", "/settings/agents/{agent}/", "/settings/agents/"]
)
def test_an_agent_s_page_is_linked_from_where_the_agent_is_named(team, as_max, page):
    trace = a_trace(an_agent(team), "hello")
    url = page.format(trace=trace.pk, agent=trace.agent_id)

    assert f'href="/agents/{trace.agent_id}/"' in as_max.get(url).content.decode()


def test_shares_are_said_with_both_their_numbers(team, as_vera):
    agent = an_agent(team)
    runs(agent, 3, scores={"stop": (1, 1)}, outcome="success")
    runs(agent, 2, scores={"stop": (0, 1)}, outcome="failure")
    runs(agent, 4, weeks_ago=6)

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "2 of 5" in page  # rated bad
    assert "3 of 5" in page  # stopped by a person
    assert "5 runs in the last four weeks, 4 before" in page
    assert "5 of 9 in all are evaluated so far" in page


def test_what_came_back_is_listed_with_runs_and_groups(team, as_vera):
    agent = an_agent(team)
    runs(agent, 3, kinds=[("error", "pay: too much"), ("error", "once")][:1])
    runs(agent, 1, kinds=[("error", "seen in one run")])
    runs(agent, 3, weeks_ago=8, kinds=[("loop", "long ago")])

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "pay: too much" in page
    assert "seen in one run" not in page
    assert ">long ago<" not in page


def test_each_score_has_its_chart_with_its_numbers_by_week(team, as_vera):
    agent = an_agent(team)
    runs(agent, 2, scores={"loop": (1, 1), "tool_error": (1, 4), "stop": (0, 1)})
    runs(agent, 2, weeks_ago=1, scores={"loop": (0, 1), "tool_error": (0, 4)})

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "2 of 2 runs with a loop" in page
    assert "0 of 2 runs with a loop" in page
    assert "2 of 8 calls failed" in page
    assert "runs stopped by a person" not in page
    assert "Looked for and never found: stops by a person." in page


def test_a_score_that_never_applied_is_not_told_as_nought(team, as_vera):
    agent = an_agent(team)
    runs(agent, 2, scores={"loop": (1, 1)})

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "recovered" not in page
    assert "0 of 0" not in page


def test_a_number_leads_to_the_runs_behind_it(team, as_vera):
    agent = an_agent(team, "clerk")
    runs(agent, 2, scores={"loop": (1, 1)})
    runs(agent, 1, weeks_ago=3, scores={"loop": (1, 1)})
    Episode.objects.update(shows=["loop"])
    monday = timezone.now() - timedelta(weeks=3, hours=1)
    monday = (monday - timedelta(days=monday.weekday())).date()

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    days = f"from={monday}&amp;to={monday + timedelta(days=6)}"
    link = f"/traces/?agent=clerk&amp;score=loop&amp;{days}"
    assert f'<a href="{link}">1 of 1</a>' in page
    found = as_vera.get(link.replace("&amp;", "&")).content.decode()
    assert found.count("data-row>") == 1


def test_an_agent_without_runs_says_what_would_fill_the_page(team, as_vera):
    page = as_vera.get(f"/agents/{an_agent(team).pk}/").content.decode()

    assert "No run yet" in page
    assert "reads no store" in page


def test_an_agent_that_ran_long_ago_shows_the_weeks_in_which_it_ran(team, as_vera):
    agent = an_agent(team)
    runs(agent, 3, weeks_ago=52, scores={"loop": (1, 1)}, kinds=[("loop", "pay")])
    runs(agent, 2, weeks_ago=54, scores={"loop": (0, 1)})
    runs(agent, 7, weeks_ago=80)

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()

    assert "Its last run was" in page
    assert "5 runs in the last four weeks, 0 before" in page
    assert "3 of 5</b> runs with a loop" in page
    assert ">pay</span>" in page
    runs(agent, 1)
    now = as_vera.get(f"/agents/{agent.pk}/").content.decode()
    assert "Its last run was" not in now
    assert "1 run in the last four weeks, 0 before" in now


def test_signals_are_said_in_words_and_each_number_once(team, as_vera):
    agent = an_agent(team)
    runs(agent, 2, kinds=[("unheard-value", "pay: id")], outcome="failure", scores={})

    page = as_vera.get(f"/agents/{agent.pk}/").content.decode()

    assert "A value was used that nobody had mentioned." in page
    assert "unheard-value" not in page
    assert page.count("rated runs were rated bad</a>") == 1
    assert "tile" not in page


def test_another_teams_agent_is_not_there(as_vera):
    assert as_vera.get(f"/agents/{an_agent(a_team('other')).pk}/").status_code == 404


def test_the_page_asks_as_much_of_many_runs_as_of_few(team, flat_queries):
    agent = an_agent(team)

    flat_queries(
        f"/agents/{agent.pk}/",
        lambda: runs(
            agent, 1, kinds=[("loop", "pay"), ("error", "x")], scores={"loop": (1, 1)}
        ),
    )
