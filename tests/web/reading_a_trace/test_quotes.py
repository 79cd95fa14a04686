"""Quotes are marked where they were taken, under whoever uses them."""

import re

import pytest

from tests import factories
from tests.web.reading_a_trace.conftest import (
    a_run,
    body,
    called,
    marks,
    quoting,
    read,
    rewritten,
    said,
    step,
)

pytestmark = pytest.mark.django_db


# Quotes


def test_a_quote_is_marked_at_its_exact_offsets(as_vera, agent, store):
    trace = a_run(agent, said("In euros? Yes: in euros, <always> in euros."))
    (quote,) = quoting(store, trace, "in euros, <always>")

    page = read(as_vera, trace)

    assert marks(page) == ["in euros, &lt;always&gt;"]
    assert f'Yes: <mark class="quote" id="ev-{quote.pk}"' in page
    assert body(step(page, 0)) == "In euros? Yes: in euros, <always> in euros."
    assert "data-evidence" in step(page, 0)
    assert f'href="#ev-{quote.pk}"' in page
    assert f'href="/proposals/{quote.operation.proposal_id}/"' in step(page, 0)
    assert 'data-jump="next"' in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Preis: 5 €, bitte auf Deutsch – immer!", "bitte auf Deutsch – immer"),
        ("😀😀 say 👩\N{ZERO WIDTH JOINER}🚒 twice 😀", "twice 😀"),
        ("日本語で答えてください。毎回。", "毎回"),
        (
            "e\N{COMBINING ACUTE ACCENT}tude: keep it e\N{COMBINING ACUTE ACCENT}",
            "keep it",
        ),
    ],
)
def test_offsets_count_characters_and_not_bytes(as_vera, agent, store, text, words):
    trace = a_run(agent, said(text))
    quoting(store, trace, words)

    page = read(as_vera, trace)

    assert marks(page) == [words]
    assert "changed since quoted" not in page


def test_a_quote_in_arguments_shows_them_as_they_were_received(as_vera, agent, store):
    text = '{"order":"1","note":"' + "x" * 80 + '","amount":12}'
    trace = a_run(agent, called(text))
    quoting(store, trace, '"amount":12')

    page = read(as_vera, trace)

    assert marks(page) == ["&quot;amount&quot;:12"]
    assert body(step(page, 0)) == text


def test_quotes_that_overlap_share_their_middle_and_keep_both_anchors(
    as_vera, agent, store
):
    trace = a_run(agent, said("one two three four five"))
    (first,) = quoting(store, trace, "two three four")
    (second,) = quoting(store, trace, "three four five")
    (inner,) = quoting(store, trace, "three")

    page = read(as_vera, trace)
    part = step(page, 0)

    assert marks(page) == ["two ", "three", " four", " five"]
    assert body(part) == "one two three four five"
    assert set(re.findall(r'id="ev-(\d+)"', part)) == {
        str(each.pk) for each in (first, second, inner)
    }
    for each in (first, second, inner):
        assert part.count(f'id="ev-{each.pk}"') == 1


def test_the_quote_that_was_followed_is_lit_and_no_other(as_vera, agent, store):
    trace = a_run(agent, said("one two three four"), said("five"))
    quoting(store, trace, "one two")
    (second,) = quoting(store, trace, "two three")
    quoting(store, trace, "five")

    assert marks(read(as_vera, trace)) == ["one ", "two", " three", "five"]
    assert marks(read(as_vera, trace, f"?hl={second.pk}")) == [
        "one ",
        "[two]",
        "[ three]",
        "five",
    ]


@pytest.mark.parametrize("hl", ["x", "-1", "9" * 30, "²"])
def test_a_quote_that_is_not_there_lights_nothing(as_vera, agent, hl):
    trace = a_run(agent, said("Hello."))

    assert "data-lit" not in read(as_vera, trace, f"?hl={hl}")


def test_words_that_are_not_there_any_more_are_never_marked(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."), said("Thank you."))
    quoting(store, trace, "Amounts in euros", "Thank you")
    rewritten(trace, said("Amounts in euros."), said("No thank you."))

    page = read(as_vera, trace)

    assert "Text changed since quoted" in page
    assert marks(page) == ["Amounts in euros"]
    assert "text changed since quoted" in step(page, 1)
    assert "text changed since quoted" not in step(page, 0)


def test_every_link_to_a_quote_leads_somewhere(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."), said("Thank you."))
    quoting(store, trace, "Amounts in euros", "Thank you")
    rewritten(trace, said("Amounts in euros."), said("No thank you."))

    page = read(as_vera, trace)

    inside = re.findall(r'href="#([\w-]+)"', page)
    assert inside
    assert [one for one in inside if f'id="{one}"' not in page] == []


def test_a_quote_from_beyond_the_end_is_told_as_changed(as_vera, agent, store):
    trace = a_run(agent, said("Hello."), said("Amounts in euros."))
    (quote,) = quoting(store, trace, "Amounts in euros")
    rewritten(trace, said("Hello."))

    page = read(as_vera, trace)

    assert "Text changed since quoted" in page
    assert f'href="/proposals/{quote.operation.proposal_id}/"' in page


def test_a_quote_against_is_labelled_so(as_vera, agent, store):
    trace = a_run(agent, said("Never in euros."), said("In euros."))
    quotes = (
        factories.a_quote(trace, "In euros"),
        factories.a_quote(trace, "Never in euros", stance="against"),
    )
    factories.a_proposal(store, quotes=quotes)

    page = read(as_vera, trace)

    assert "against" in step(page, 0)
    assert "against" not in step(page, 1)
    assert len(re.findall(r"step \d, against", page)) == 1


def test_quotes_stand_under_the_proposal_that_uses_them(as_vera, agent, store):
    trace = a_run(agent, said("one two"), said("three"))
    first, second = quoting(store, trace, "one", "three")
    (other,) = quoting(store, trace, "two")

    page = read(as_vera, trace)
    card = page.split("Quoted by</h2>")[1].split("Facts</h2>")[0]

    assert re.findall(r'href="(#ev-\d+|/proposals/\d+/)"', card) == [
        f"/proposals/{first.operation.proposal_id}/",
        f"#ev-{first.pk}",
        f"#ev-{second.pk}",
        f"/proposals/{other.operation.proposal_id}/",
        f"#ev-{other.pk}",
    ]


# Whose quotes


def test_quotes_of_other_proposals_stand_back(as_vera, agent, store):
    trace = a_run(agent, said("one two"), said("three"))
    (mine,) = quoting(store, trace, "one")
    quoting(store, trace, "three")
    name = mine.operation.proposal.name

    for asked in (f"?hl={mine.pk}", f"?p={mine.operation.proposal_id}", f"?p={name}"):
        page = read(as_vera, trace, asked)
        assert "data-dim" not in step(page, 0)
        assert re.search(r'<mark class="quote"[^>]* data-dim', step(page, 1))
    assert "data-dim" not in read(as_vera, trace).partition('id="steps"')[2]


def test_the_head_counts_quotes_and_each_mark_carries_its_number(as_vera, agent, store):
    trace = a_run(agent, said("one two"), said("three"))
    first, _ = quoting(store, trace, "one", "three")
    (other,) = quoting(store, trace, "two")

    page = read(as_vera, trace)
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())

    assert (
        f"2 quotes used by {first.operation.proposal.name} "
        f", 1 by {other.operation.proposal.name}"
    ) in words
    assert re.findall(r'<sup class="note">.*?>(\d+)</a>', page) == ["1", "2", "3"]
