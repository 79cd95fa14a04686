"""The evaluation of a run on its page: what it was, what went wrong, and where to look."""

import re
from html import unescape

import pytest

from reviews.dreams import episodes
from reviews.dreams.mining.subjects import mark
from reviews.dreams.models import Episode
from reviews.memory import stores
from reviews.proposals import decisions
from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests import factories
from tests.dreams.factories import a_failing_run, import_runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(team):
    return factories.an_agent(team, "shop")


@pytest.fixture
def trace(agent):
    import_runs(agent, a_failing_run(7))
    return Trace.objects.get()


def panel(client, trace):
    page = client.get(f"/traces/{trace.pk}/").content.decode()
    found = re.search(
        r'<details class="card evaluation".*?</div></details>', page, re.DOTALL
    )
    return found[0]


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_it_says_what_happened_before_anybody_has_dreamt(as_vera, trace):
    text = words(panel(as_vera, trace))

    assert "person-1 asked: “Please do refund number 7.”" in text
    assert "1 of 2 answered calls failed" in text
    assert "Looked for and not found: failures without recovery, blind retries" in text


def test_scores_and_reflections_lead_to_the_steps_that_they_rest_on(as_vera, trace):
    html = panel(as_vera, trace)

    assert '<a class="chip" href="#s2" aria-label="Step 2">2</a>' in html
    assert '<a class="chip" href="#s2">step 2</a>' in html
    assert 'href="/traces/?score=tool_error&amp;agent=shop"' in html


def test_a_models_reflection_says_whose_opinion_it_is(as_vera, trace):
    episodes.catch_up()
    item = {"step": 1, "wrong": "The amount was a guess.", "instead": "Ask first."}
    assert episodes.reflect(trace, [item], by="claude-opus")

    text = words(panel(as_vera, trace))

    assert "The amount was a guess. Ask first." in text
    assert "Written by claude-opus about this run: an opinion." in text


def test_words_of_a_trace_stay_words(as_vera, agent):
    hostile = "<script>alert(1)</script> `code` “quote” \u202eevil\u200b\nnew line"
    steps = [
        Step(0, "message", "person", hostile),
        Step(1, "tool_call", "agent", "{}", "<b>pay</b>", "c"),
        Step(
            2, "tool_result", "tool", f"Error: {hostile}", "<b>pay</b>", "c", error=True
        ),
        Step(3, "message", "agent", hostile),
    ]
    record = Record(
        external_id="x", format="own", person="<i>eve</i>\u200b", steps=steps
    )
    intake.accept(agent, [record], by=factories.SETUP)

    html = panel(as_vera, Trace.objects.get())

    assert "<script>" not in html
    assert "<i>" not in html
    assert "<b>pay" not in html
    assert "\u202e" not in html
    assert "\u200b" not in html
    assert "&lt;i&gt;eve&lt;/i&gt; asked" in html


def test_a_run_without_anything_to_say_says_so(as_vera, agent):
    steps = [Step(0, "status", "system", "")]
    intake.accept(
        agent, [Record(external_id="x", format="own", steps=steps)], by=factories.SETUP
    )

    text = words(panel(as_vera, Trace.objects.get()))

    assert "Nobody's request is recorded. The agent called no tool." in text
    assert "What went wrong" not in text
    assert "Scores" not in text


def test_one_that_cannot_be_told_is_still_shown(as_vera, trace, monkeypatch):
    def broken(*_):
        raise ValueError("hostile")

    monkeypatch.setattr(episodes.telling, "tell", broken)

    assert "could not be evaluated" in panel(as_vera, trace)


def test_rules_of_more_stores_cost_no_more_queries(
    as_vera, team, agent, trace, flat_queries
):
    trigger = {
        "tool": "refund",
        "marks": mark("refund", "amount \u2039number\u203a exceeds the order's total"),
    }

    def approve_a_rule():
        store = factories.a_store(team)
        stores.subscribe(agent, store, by=factories.SETUP)
        proposal = factories.a_proposal(store, trigger=trigger)
        decisions.approve(proposal, by=factories.ADA, reason="So it is.", hold=0)

    flat_queries(f"/traces/{trace.pk}/", approve_a_rule, as_vera, most=12)
    assert not Episode.objects.exists()


def test_a_run_too_long_to_wait_for_is_evaluated_in_the_background(
    as_vera, trace, monkeypatch
):
    monkeypatch.setattr(episodes, "TOLD_AT_ONCE", 5)

    page = as_vera.get(f"/traces/{trace.pk}/").content.decode()
    assert "long and not evaluated yet" in page
    assert "<h2>Evaluation</h2>" not in page

    episodes.catch_up()
    assert "1 of 2 answered calls failed" in words(panel(as_vera, trace))
