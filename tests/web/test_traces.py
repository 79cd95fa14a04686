"""A trace: one run that shows everything to a reader, and obeys nothing."""

import re
import time

import pytest

from reviews.proposals.models import Evidence
from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests import factories
from tests.factories import SETUP
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(team):
    return factories.an_agent(team, "desk-bot")


def a_run(agent, *steps, name="run-a", **fields):
    """A run of these steps, each the keywords of one."""
    plain = {"kind": "message", "actor": "agent"}
    made = [Step(index=n, **(plain | step)) for n, step in enumerate(steps)]
    record = Record(external_id=name, steps=made, format="own", **fields)
    (result,) = intake.accept(agent, [record], by=SETUP)
    return Trace.objects.get(pk=result.trace)


def a_call(text, tool="find", **fields):
    return {"kind": "tool_call", "tool": tool, "text": text} | fields


def an_answer(text, tool="find", **fields):
    return {"kind": "tool_result", "actor": "tool", "tool": tool, "text": text} | fields


def page_of(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_quote_is_marked_at_its_exact_place_and_leads_to_its_proposal(as_vera, team):
    store = factories.a_store(team)
    trace = factories.a_trace(
        factories.an_agent(team), "Please: amounts in euros, always in euros."
    )
    proposal = factories.a_proposal(
        store, quotes=(factories.a_quote(trace, "amounts in euros"),)
    )
    quote = Evidence.objects.get(operation__proposal=proposal)

    page = page_of(as_vera, f"/traces/{trace.pk}/at/0/?hl={quote.pk}")

    assert re.search(
        rf'Please: <span id="ev-{quote.pk}" class="anchor"></span>'
        r'<mark class="quote" data-lit tabindex="-1">amounts in euros</mark>, always',
        page,
    )
    assert f'href="/proposals/{proposal.pk}/"' in page
    assert f'href="#ev-{quote.pk}"' in page
    assert 'data-jump="next"' in page


def test_quotes_that_overlap_share_their_marks(as_vera, team):
    store = factories.a_store(team)
    trace = factories.a_trace(factories.an_agent(team), "amounts in euros please")
    factories.a_proposal(store, quotes=(factories.a_quote(trace, "amounts in euros"),))
    factories.a_proposal(store, quotes=(factories.a_quote(trace, "euros please"),))

    page = page_of(as_vera, f"/traces/{trace.pk}/")

    marks = re.findall(r"<mark[^>]*>([^<]*)</mark>", page)
    assert marks == ["amounts in ", "euros", " please"]


def test_a_text_that_changed_since_it_was_quoted_says_so(as_vera, team):
    store = factories.a_store(team)
    trace = factories.a_trace(factories.an_agent(team), "amounts in euros please")
    proposal = factories.a_proposal(
        store, quotes=(factories.a_quote(trace, "amounts in euros"),)
    )
    # As if the stored text were another one: the quote is of other words.
    moved = Evidence.objects.filter(operation__proposal=proposal).values().get()
    moved |= {"id": None, "position": 9, "end": moved["end"] + 1}
    Evidence.objects.create(**moved)

    page = page_of(as_vera, f"/traces/{trace.pk}/")

    assert "Text changed since quoted" in page
    assert re.findall(r"<mark[^>]*>([^<]*)</mark>", page) == ["amounts in euros"]


def test_hostile_text_runs_nothing_and_shows_what_hides(as_vera, agent):
    trace = a_run(
        agent,
        {"text": "<script>alert(1)</script><img src=//evil onerror=x>"},
        an_answer("pay\u200bments \u202eon\u2066ly\U000e0041 \x07", web=True),
        a_call('{"a": "<b>\u202e"}', tool="<i>\u202e"),
        title="<script>\u202e",
        person="<b>",
    )

    page = page_of(as_vera, f"/traces/{trace.pk}/").partition("</title>")[2]

    assert not re.search(r"<script>(?!\s*$)[^<]*alert", page)
    assert "<img src=//evil" not in page
    assert "<i>" not in page
    assert "<b>&quot;" not in page
    for hidden in "\u200b\u202e\u2066\U000e0041\x07":
        assert hidden not in page
    assert "U+200B" in page
    assert "U+202E" in page
    assert "from outside" in page


def test_the_same_call_again_and_again_is_told_once(as_vera, agent):
    again = [a_call('{"id": 1}'), an_answer("Error: not found", error=True)]
    trace = a_run(agent, {"text": "Looking."}, *again * 6, {"text": "I give up."})

    page = page_of(as_vera, f"/traces/{trace.pk}/")

    assert "the same again, 10 more steps" in page
    assert page.count("Error: not found") == 1
    assert 'id="s12"' in page


def test_a_subagent_is_named_and_set_apart(as_vera, agent):
    trace = a_run(agent, {"text": "Go."}, {"text": "Gone.", "agent": "explorer"})

    page = page_of(as_vera, f"/traces/{trace.pk}/")

    assert len(re.findall(r'<li class="step"[^>]*data-nested', page)) == 1
    assert "explorer" in page


def test_json_is_laid_out_for_reading(as_vera, agent):
    text = '{"parcel": "PX-1", "events": [{"state": "sent"}, {"state": "lost", "at": 3}], "more": true}'
    trace = a_run(agent, an_answer(text))

    page = page_of(as_vera, f"/traces/{trace.pk}/")

    assert "&quot;parcel&quot;: &quot;PX-1&quot;,\n" in page


def test_two_thousand_long_steps_are_light_and_quick(as_vera, agent):
    trace = a_run(
        agent, *(an_answer(f"step {n} " + "lorem " * 500) for n in range(2_000))
    )
    page_of(as_vera, f"/traces/{trace.pk}/")

    start = time.process_time()
    page = page_of(as_vera, f"/traces/{trace.pk}/at/1900/")
    took = time.process_time() - start

    assert len(page.encode()) < 1_000_000
    assert took < 2
    assert "step 1900 " + "lorem " * 400 in page
    assert "step 1899 " + "lorem " * 400 not in page


def test_a_body_that_was_left_out_comes_when_it_is_opened(as_vera, agent):
    trace = a_run(agent, {"text": "x"}, an_answer("long <b> " + "lorem " * 5_000))

    assert "lorem " * 4_000 not in page_of(as_vera, f"/traces/{trace.pk}/")
    part = htmx(as_vera.get, f"/traces/{trace.pk}/steps/1/").content.decode()
    whole = as_vera.get(f"/traces/{trace.pk}/steps/1/")

    assert "long &lt;b&gt; " + "lorem " * 4_000 in part
    assert "<html" not in part
    assert whole["Location"] == f"/traces/{trace.pk}/at/1/#s1"


def test_a_body_that_is_quoted_comes_with_its_marks(as_vera, team):
    store = factories.a_store(team)
    trace = factories.a_trace(
        factories.an_agent(team), "lorem " * 5_000 + "amounts in euros"
    )
    factories.a_proposal(store, quotes=(factories.a_quote(trace, "amounts in euros"),))

    page = page_of(as_vera, f"/traces/{trace.pk}/")

    assert 'tabindex="-1">amounts in euros</mark>' in page


def test_a_run_asks_no_more_for_more_quotes(flat_queries, as_vera, team):
    store = factories.a_store(team)
    trace = factories.a_trace(factories.an_agent(team), "amounts in euros please")

    def quoted():
        quotes = (factories.a_quote(trace, "amounts in euros"),)
        factories.a_proposal(store, quotes=quotes)

    flat_queries(f"/traces/{trace.pk}/", quoted, as_vera)


@pytest.mark.parametrize("where", ["at/7/", "steps/7/", "at/99999999999999999999/"])
def test_a_step_that_is_not_there_is_not_found(as_vera, agent, where):
    trace = a_run(agent, {"text": "x"})

    assert as_vera.get(f"/traces/{trace.pk}/{where}").status_code == 404


@pytest.mark.parametrize("hl", ["x", "-1", "9" * 30, "²"])
def test_a_quote_that_is_not_there_lights_nothing(as_vera, agent, hl):
    trace = a_run(agent, {"text": "x"})

    assert "data-lit" not in page_of(as_vera, f"/traces/{trace.pk}/?hl={hl}")


@pytest.mark.parametrize("where", ["", "at/0/", "steps/0/"])
def test_to_another_team_it_does_not_exist(as_eve, agent, where):
    trace = a_run(agent, {"text": "x"})

    assert as_eve.get(f"/traces/{trace.pk}/{where}").status_code == 404
