"""Long texts are folded or left out until they are asked for."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.dreams.models import Signal
from tests.web.conftest import htmx
from tests.web.reading_a_trace.conftest import (
    HUGE,
    LONG,
    a_run,
    answered,
    body,
    called,
    marks,
    quoting,
    read,
    said,
    step,
)

pytestmark = pytest.mark.django_db


def test_a_long_body_is_folded_and_opens_at_its_own_address(as_vera, agent):
    trace = a_run(agent, said("Read it."), answered(LONG))

    folded, opened = (
        step(read(as_vera, trace), 1),
        step(read(as_vera, trace, "at/1/"), 1),
    )

    assert "<details" in folded
    assert "401 lines" in folded
    assert "line 399" in folded
    assert "<details" not in opened
    assert body(opened) == LONG


def test_a_body_that_was_left_out_is_whole_at_its_own_address(as_vera, agent):
    trace = a_run(agent, said("Read it."), answered(HUGE))

    page = read(as_vera, trace)

    assert HUGE not in page
    assert "A body too long to be sent unasked." in step(page, 1)
    assert 'href="at/1/#s1"' in step(page, 1)
    assert 'hx-get="steps/1/"' in step(page, 1)
    assert body(step(read(as_vera, trace, "at/1/"), 1)) == HUGE


def test_what_was_left_out_comes_alone_when_it_is_opened(as_vera, agent):
    trace = a_run(
        agent, said("Read it."), answered(HUGE + "<b>\N{RIGHT-TO-LEFT OVERRIDE}")
    )

    answer = htmx(as_vera.get, f"/traces/{trace.pk}/steps/1/")
    part = answer.content.decode()

    assert answer.status_code == 200
    assert body(part) == HUGE + "<b>U+202E RIGHT-TO-LEFT OVERRIDE"
    assert "<html" not in part


def test_without_script_it_leads_to_the_page_that_shows_it(as_vera, agent):
    trace = a_run(agent, said("Read it."), answered(HUGE))

    answer = as_vera.get(f"/traces/{trace.pk}/steps/1/")

    assert answer.status_code == 302
    assert answer["Location"] == f"/traces/{trace.pk}/at/1/#s1"


def test_a_quoted_step_is_never_folded_away(as_vera, agent, store):
    trace = a_run(agent, said("Read it."), answered(HUGE), said(LONG))
    quoting(store, trace, "sent unasked")
    quoting(store, trace, "line 399")

    page = read(as_vera, trace)

    assert marks(page) == ["sent unasked", "line 399"]
    assert "<details" not in step(page, 1) + step(page, 2)


def test_thinking_is_folded_until_it_is_asked_for_or_quoted(as_vera, agent, store):
    thought = {"kind": "thinking", "actor": "agent"}
    trace = a_run(
        agent, {**thought, "text": "Hm."}, {**thought, "text": "Aha: in euros."}
    )
    quoting(store, trace, "in euros")

    page = read(as_vera, trace)

    assert 'step__fold">' in step(page, 0)
    assert 'step__fold" open>' in step(page, 1)
    assert 'step__fold" open>' in step(read(as_vera, trace, "at/0/"), 0)


@pytest.mark.parametrize("rest", ["at/2/", "steps/2/", "at/99999999999999999999/"])
def test_a_step_that_the_run_does_not_have_is_not_found(as_vera, agent, rest):
    trace = a_run(agent, said("Hello."), said("Bye."))

    assert as_vera.get(f"/traces/{trace.pk}/{rest}").status_code == 404


def test_a_call_repeated_is_told_once_and_every_step_keeps_its_anchor(as_vera, agent):
    again = [called('{"id":7}'), answered("Error: not found", error=True)]
    trace = a_run(agent, said("Go."), *again * 6, said("I give up.", actor="agent"))

    page = read(as_vera, trace)

    assert "the same again, 10 more steps" in page
    assert page.partition('id="steps"')[2].count("Error: not found") == 1
    assert re.findall(r'<li class="step" id="s(\d+)"', page) == [
        str(n) for n in range(14)
    ]
    assert re.search(r'y="12" width="10" height="1"><title>step 12: error', page)


def test_a_call_twice_is_no_loop_and_another_answer_ends_one(as_vera, agent):
    no, yes = answered("no"), answered("yes")
    trace = a_run(
        agent, *[called(), no] * 2, *[called("[1]"), no] * 3, called("[1]"), yes
    )

    page = read(as_vera, trace)

    assert page.count("the same again") == 1
    assert "the same again, 4 more steps" in page
    assert body(step(page, 11)) == "yes"


def test_a_step_inside_a_repeat_opens_at_its_own_address(as_vera, agent):
    trace = a_run(agent, *[called('{"id":7}'), answered("Error: not found")] * 4)

    part = read(as_vera, trace, "at/5/")

    assert body(step(part, 5)) == "Error: not found"


def test_two_thousand_long_steps_are_a_light_page_of_few_queries(as_vera, agent):
    text = "The quick brown fox & co. " * 116
    trace = a_run(agent, *(answered(f"{n} {text}") for n in range(2_000)))
    read(as_vera, trace)

    with CaptureQueriesContext(connection) as captured:
        answer = as_vera.get(f"/traces/{trace.pk}/at/1900/")
    page = answer.content.decode()

    assert page.count('<li class="step"') == 2_000
    assert body(step(page, 1900)) == f"1900 {text}"
    assert len(answer.content) < 1_000_000
    assert len(captured) <= 14


def test_more_quotes_and_signals_cost_no_more_queries(
    as_vera, agent, store, flat_queries
):
    trace = a_run(agent, said("Amounts in euros."))

    def cite():
        quoting(store, trace, "Amounts in euros")
        Signal.objects.create(trace=trace, evaluator="e", kind="k", key="k", step=0)

    flat_queries(f"/traces/{trace.pk}/", cite, as_vera)
