"""Words are found in every step, also in what was left out."""

import re

import pytest

from tests.web.reading_a_trace.conftest import (
    HUGE,
    LONG,
    a_run,
    answered,
    quoting,
    read,
    said,
    step,
)

pytestmark = pytest.mark.django_db


def test_words_are_found_in_bodies_that_are_folded_or_left_out(as_vera, agent):
    trace = a_run(
        agent,
        said("Where is Kraków?"),
        answered(HUGE + "the needle <b>\n  is here" + HUGE),
        answered(LONG),
        {"kind": "thinking", "actor": "agent", "text": "No needle. is it?"},
    )

    page = read(as_vera, trace, "?q=NEEDLE+%3Cb%3E+is")

    assert "1 hit in 1 step" in page
    assert '<mark class="hit" tabindex="-1">needle &lt;b&gt;\n  is</mark>' in step(
        page, 1
    )
    assert '<a class="hits__hit" href="#s1">' in page
    assert "hit" not in step(page, 0) + step(page, 2)
    assert 'data-jump-word="hit"' in page
    assert 'value="NEEDLE &lt;b&gt; is"' in page


def test_words_that_stand_apart_are_found_where_all_of_them_are(as_vera, agent):
    trace = a_run(agent, said("refund the order"), said("order"), said("refund"))

    page = read(as_vera, trace, "?q=order+refund")

    assert "nowhere in a row" in page
    assert re.findall(r'hits__hit" href="#s(\d+)"', page) == ["0"]
    assert page.count('<mark class="hit"') == 2


@pytest.mark.parametrize("typed", ["nowhere", "(", "[a-", "\\", ".*", "%F0%9F%98%80"])
def test_words_that_are_nowhere_are_said_to_be(as_vera, agent, typed):
    page = read(as_vera, a_run(agent, said("Hello.")), f"?q={typed}")

    assert "No step says" in page
    assert '<mark class="hit"' not in page


def test_a_hit_within_a_quote_is_both(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."))
    quoting(store, trace, "in euros")

    page = read(as_vera, trace, "?q=euros")

    assert re.search(r'<mark class="quote" id="ev-\d+"[^>]*>in </mark>', page)
    assert re.search(r'<mark class="quote hit" tabindex="-1">euros</mark>', page)


def test_words_in_thousands_of_steps_stay_a_light_page(as_vera, agent):
    text = "The quick brown fox. " * 140
    trace = a_run(agent, *(answered(f"{n} {text}") for n in range(2_000)))

    answer = as_vera.get(f"/traces/{trace.pk}/?q=fox")

    assert b"280000 hits in 2000 steps" in answer.content
    assert len(answer.content) < 1_200_000
