"""Talking about a proposal: comments and threads in their places, drafts kept."""

import re

import pytest

from reviews.proposals import decisions, jottings, threads
from reviews.proposals.models import Comment
from tests import factories
from tests.factories import ADA, BOB
from tests.web.conftest import htmx
from tests.web.discussion.conftest import address, page_of, text_of

pytestmark = pytest.mark.django_db


# Saying something


def test_a_comment_without_script_comes_back_to_where_it_was_made(as_ada, proposal):
    url = address(proposal, "comment")

    answer = as_ada.post(url, {"on": "0", "line": "2", "comment-0": "Always?"})

    assert answer.status_code == 303
    assert answer.url == f"/proposals/{proposal.pk}/#talk-0"
    page = text_of(page_of(as_ada, proposal))
    assert "Line 2 Always." in page
    assert "Always?" in page


def test_a_comment_swaps_its_own_place_and_tells_the_page(as_ada, proposal):
    url = address(proposal, "comment")

    answer = htmx(as_ada.post, url, {"on": "0", "comment-0": "Why here?"})

    assert answer.headers["HX-Trigger"] == "talked"
    text = answer.content.decode()
    assert 'id="talk-0"' in text
    assert "Why here?" in text
    assert "<html" not in text


def test_the_form_offers_every_line_of_the_operation(as_ada, proposal):
    form = htmx(as_ada.get, f"{address(proposal, 'comment')}?on=0&line=2")

    text = form.content.decode()
    assert "line 1: Answer within 4 h." in text
    assert re.search(r'value="2" selected>\s*line 2: Always.', text)


def test_without_script_the_form_is_a_page(as_ada, proposal):
    page = as_ada.get(f"{address(proposal, 'comment')}?on=0").content.decode()

    assert "<title>Comment on" in page
    assert 'name="comment-0"' in page


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"comment": "What do you say, @nobody?"}, "Nobody in this team is called"),
        ({"comment": "  "}, "has to say something"),
        ({"on": "0", "line": "9", "comment-0": "Hm."}, "There is no line 9"),
    ],
)
@pytest.mark.parametrize("script", [True, False])
def test_a_refused_comment_keeps_every_word(as_ada, proposal, sent, says, script):
    url = address(proposal, "comment")

    answer = htmx(as_ada.post, url, sent) if script else as_ada.post(url, sent)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert list(sent.values())[-1] in page
    assert not Comment.objects.exists()


def test_a_comment_on_another_s_operation_is_not_found(as_ada, proposal):
    assert as_ada.get(f"{address(proposal, 'comment')}?on=7").status_code == 404


def test_evidence_is_quoted_into_what_is_typed(as_ada, proposal):
    row = proposal.operations.get().evidence.get()
    url = address(proposal, "comment")

    form = htmx(as_ada.post, url, {"comment": "See this:", "quote": row.pk})

    assert f"See this:\n[E{row.pk}] " in form.content.decode()
    assert not Comment.objects.exists()
    as_ada.post(url, {"comment": f"See [E{row.pk}]."})
    page = page_of(as_ada, proposal)
    assert re.search(
        rf'See <a href="/traces/\d+/at/0/\?hl={row.pk}#ev-{row.pk}"><q>Amounts in euros',
        page,
    )


def test_evidence_of_another_proposal_is_not_quoted(as_ada, proposal, store):
    other = factories.a_proposal(store).operations.get().evidence.get()

    answer = as_ada.post(
        address(proposal, "comment"), {"comment": "See", "quote": other.pk}
    )

    assert answer.status_code == 404


def test_hostile_comments_run_nothing(as_ada, proposal):
    threads.say(
        proposal, by=ADA, text="<script>alert(1)</script> `<b>` P-1 [E1] \u202e"
    )

    page = page_of(as_ada, proposal)

    assert "<script>alert" not in page
    assert "<code>&lt;b&gt;</code>" in page
    assert "\u202e" not in page


def test_a_viewer_reads_and_has_no_form(as_vera, proposal):
    threads.say(proposal, by=ADA, text="Why?")

    page = page_of(as_vera, proposal)

    assert "Why?" in page
    assert "data-draft" not in page
    assert address(proposal, "ping") not in page


# Threads


def test_an_answer_stands_under_its_thread(as_bob, proposal):
    thread = threads.say(proposal, by=ADA, text="Why?")

    as_bob.post(
        address(proposal, "threads", thread.pk, "answer"),
        {f"answer-{thread.pk}": "Because."},
    )

    (found,) = threads.of(proposal)
    assert [one.text for one in found.answers] == ["Because."]


def test_an_answer_can_resolve_at_once_and_is_folded(as_bob, proposal):
    thread = threads.say(proposal, by=ADA, text="Why?")
    url = address(proposal, "threads", thread.pk, "answer")

    answer = htmx(as_bob.post, url, {f"answer-{thread.pk}": "Because.", "resolve": "1"})

    assert threads.of(proposal)[0].resolved
    assert '<details class="thread__resolved">' in answer.content.decode()


def test_a_refused_answer_stays_where_it_is_typed(as_bob, proposal):
    thread = threads.say(proposal, by=ADA, text="Why?")
    url = address(proposal, "threads", thread.pk, "answer")

    answer = htmx(as_bob.post, url, {f"answer-{thread.pk}": "Ask @eve."})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nobody in this team is called @eve." in page
    assert "Ask @eve." in page
    assert '<details class="thread__answer" open>' in page


def test_a_thread_is_resolved_and_reopened_by_button(as_bob, proposal):
    thread = threads.say(proposal, by=ADA, text="Why?")

    as_bob.post(address(proposal, "threads", thread.pk, "resolve"))
    assert threads.of(proposal)[0].resolved
    second = htmx(as_bob.post, address(proposal, "threads", thread.pk, "resolve"))
    as_bob.post(address(proposal, "threads", thread.pk, "reopen"))

    assert second.status_code == 409
    assert not threads.of(proposal)[0].resolved


def test_a_thread_of_another_proposal_is_not_found(as_bob, proposal, store):
    thread = threads.say(factories.a_proposal(store), by=ADA, text="Why?")

    answer = as_bob.post(address(proposal, "threads", thread.pk, "resolve"))

    assert answer.status_code == 404


def test_a_line_that_is_worded_differently_says_so(as_ada, proposal):
    operation = proposal.operations.get()
    threads.say(proposal, by=ADA, text="Hm.", operation=operation, line=2)

    decisions.reword(proposal, texts={0: "Answer within 8 h."}, by=BOB)

    assert "Line 2, worded differently since Always." in text_of(
        page_of(as_ada, proposal)
    )


# Drafts


def test_what_is_typed_is_kept_by_place_and_gone_once_sent(as_ada, proposal, cast):
    thread = threads.say(proposal, by=BOB, text="Why?")
    typed = {
        "comment": "General",
        "comment-0": "On the operation",
        f"answer-{thread.pk}": "An answer",
        "unknown": "Not kept",
    }

    as_ada.post(address(proposal, "jot"), typed)

    kept = jottings.of(proposal, cast["ada"])
    assert kept == {key: text for key, text in typed.items() if key != "unknown"}
    page = page_of(as_ada, proposal)
    assert "General</textarea>" in page
    assert "An answer</textarea>" in page
    assert "(begun)" in page
    form = htmx(as_ada.get, f"{address(proposal, 'comment')}?on=0").content.decode()
    assert "On the operation</textarea>" in form
    as_ada.post(address(proposal, "comment"), {"on": "0", "comment-0": "Sent."})
    assert "comment-0" not in jottings.of(proposal, cast["ada"])
