"""An erased run is gone from what models were asked and answered."""

import pytest

from reviews.dreams.asking import completions
from reviews.dreams.models import Completion
from reviews.traces import erasure
from tests.dreams.asking.factories import GOOD, a_question, an_asking_dream, ask
from tests.factories import ADA, a_store, a_trace, an_agent

pytestmark = pytest.mark.django_db


def test_erasing_a_run_empties_the_questions_that_quote_it(loopback):
    loopback.messages.answer = lambda params: GOOD | {"reason": "Because of the moon."}
    dream = an_asking_dream()
    agent = an_agent(dream.store.team, "shop")
    gone, stays = a_trace(agent, "By the moon."), a_trace(agent, "By the sun.")
    quoting = [
        a_question("a", user="It said: By the moon.", runs=(key(gone),)),
        a_question("b", user="Both: By the moon.", runs=(key(stays), key(gone))),
        a_question("c", user="It said: By the sun.", runs=(key(stays),)),
    ]
    paid = {name: a.cost for name, a in ask(dream, *quoting).items()}

    erasure.erase(gone, by=ADA, reason="They asked for it.")

    a, b, c = Completion.objects.order_by("name")
    assert (a.request, a.answer, b.request, b.answer) == ({}, None, {}, None)
    assert c.request["messages"][0]["content"] == "It said: By the sun."
    assert {row.name: row.cost for row in (a, b, c)} == paid
    again = ask(dream, *quoting)
    assert again["a"].stop == "forgotten"
    assert again["a"].value is None
    assert again["c"].value is not None
    assert len(loopback.calls) == 3


def test_what_was_forgotten_is_not_told_in_another_dream(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    run = a_trace(an_agent(dream.store.team, "shop"), "By the moon.")
    ask(dream, a_question(runs=(key(run),)))
    erasure.erase(run, by=ADA, reason="They asked for it.")

    answer = ask(an_asking_dream(a_store(dream.store.team)), a_question())["judge-1"]

    assert answer.value is not None
    assert len(loopback.calls) == 2


def test_an_answer_that_comes_in_later_is_not_kept(loopback):
    dream = an_asking_dream()
    run = a_trace(an_agent(dream.store.team, "shop"), "By the moon.")
    loopback.messages.answer = lambda params: GOOD
    ask(dream, a_question(runs=(key(run),)))
    Completion.objects.update(state="sent", answer=None, reserved=1)
    erasure.erase(run, by=ADA, reason="They asked for it.")

    completions.settle(Completion.objects.get(), {"usage": {"output_tokens": 9}})

    row = Completion.objects.get()
    assert (row.state, row.answer, row.request) == ("answered", None, {})
    assert row.cost > 0


def key(trace):
    return trace.agent.name, trace.external_id
