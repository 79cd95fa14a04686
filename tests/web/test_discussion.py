"""Talking about a proposal: threads in their places, drafts, turns, and who is there."""

import re

import pytest
from django.utils.html import escape

from reviews.proposals import decisions, jottings, mutes, threads, turns, visits
from reviews.proposals.models import Comment, Proposal, Turn
from tests import factories
from tests.factories import ADA, BOB
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules="# Rules\n\n- Answer within 24 h.\n")
    return store


@pytest.fixture
def proposal(store):
    return factories.a_proposal(
        store, factories.an_edit("Answer within 24 h.", "Answer within 4 h.\nAlways.")
    )


def address(proposal, *parts):
    return "/".join(["", "proposals", str(proposal.pk), *map(str, parts), ""])


def page_of(client, proposal):
    answer = client.get(address(proposal))
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def whose(proposal):
    return {turn.user.username for turn in turns.of([proposal]).get(proposal.pk, [])}


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


# Turns


def test_the_page_says_whose_turn_it_is_and_why(as_ada, as_bob, proposal):
    as_ada.post(address(proposal, "comment"), {"comment": "@bob?"})

    assert "bob’s turn: Mentioned" in text_of(page_of(as_ada, proposal))
    assert "Your turn: Mentioned" in text_of(page_of(as_bob, proposal))


def test_it_is_assigned_from_a_dialog_that_knows_who_may_decide(as_ada, proposal):
    dialog = htmx(as_ada.get, address(proposal, "assign")).content.decode()
    assert re.findall(r'name="user" value="(\w+)"', dialog) == [
        "ada",
        "bob",
        "lin",
        "max",
    ]

    answer = as_ada.post(address(proposal, "assign"), {"user": "bob"})

    assert answer.status_code == 303
    assert whose(proposal) == {"bob"}
    as_ada.post(address(proposal, "assign"), {"user": ""})
    assert whose(proposal) == set()


def test_assigning_from_a_list_leads_back_to_it(as_ada, proposal):
    answer = as_ada.post(
        address(proposal, "assign"), {"user": "ada", "next": "/inbox/?section=moved"}
    )

    assert answer.url == "/inbox/?section=moved"


@pytest.mark.parametrize("name", ["eve", "vera", "nobody"])
def test_it_is_assigned_to_nobody_else(as_ada, proposal, name):
    answer = htmx(as_ada.post, address(proposal, "assign"), {"user": name})

    assert answer.status_code == 422
    assert "cannot decide" in answer.content.decode()


# Who is there


def test_others_learn_who_is_reviewing(as_ada, as_bob, proposal):
    page = page_of(as_ada, proposal)
    assert f'hx-post="{address(proposal, "ping")}" hx-trigger="load, every 15s,' in page
    htmx(as_ada.post, address(proposal, "ping"))

    answer = htmx(as_bob.post, address(proposal, "ping"))

    assert "ada is reviewing" in text_of(answer.content.decode())
    assert "ada is reviewing" in text_of(page_of(as_bob, proposal))
    assert "bob is reviewing" in text_of(page_of(as_ada, proposal))


def test_whoever_comes_second_learns_who_came_first_and_when(as_ada, proposal):
    decisions.reject(proposal, by=BOB, reason="One case.")

    answer = as_ada.post(address(proposal, "approve"))

    assert answer.status_code == 409
    assert re.search(rf"bob rejected P-{proposal.pk} \d s ago", answer.content.decode())


# Looking again later


@pytest.mark.parametrize(
    ("sent", "says", "wakes"),
    [
        ({"days": "1"}, "sleeps until tomorrow", False),
        ({"days": "30"}, "sleeps for a month", False),
        ({"on": "2999-12-24"}, "sleeps until 24 December 2999", False),
        ({"evidence": "1"}, "sleeps until there is new evidence", True),
    ],
)
def test_it_sleeps_until_a_day_or_until_there_is_something_new(
    as_ada, proposal, sent, says, wakes
):
    answer = as_ada.post(address(proposal, "snooze"), sent, follow=True)

    assert says in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.snoozed_until is not None
    assert proposal.wakes_on_evidence is wakes


def test_it_is_woken_by_hand(as_ada, proposal):
    as_ada.post(address(proposal, "snooze"), {"evidence": "1"})

    as_ada.post(address(proposal, "snooze"), {"wake": "1"})

    proposal.refresh_from_db()
    assert (proposal.snoozed_until, proposal.wakes_on_evidence) == (None, False)


@pytest.mark.parametrize("day", ["2001-01-01", "soon", "2026-13-45"])
def test_a_day_that_is_past_or_none_is_refused(as_ada, proposal, day):
    answer = as_ada.post(address(proposal, "snooze"), {"on": day})

    assert answer.status_code == 422
    assert not Proposal.objects.filter(snoozed_until__isnull=False).exists()


def test_the_page_asks_as_often_for_many_threads(as_max, flat_queries, store, cast):
    proposal = factories.a_proposal(store)

    def add():
        thread = threads.say(proposal, by=ADA, text="Why?")
        threads.answer(thread, by=BOB, text="Because.")
        turns.give(proposal, cast["ada"], Turn.Why.MENTIONED, by=BOB)
        visits.arrive(proposal, cast["bob"])

    flat_queries(f"/proposals/{proposal.pk}/", add, as_max, most=22)


# The same thing twice


def test_the_likest_proposals_are_offered_first_and_a_search_finds_others(
    as_ada, store
):
    own = factories.a_proposal(store, factories.an_add("Refunds are in euros."))
    near = factories.a_proposal(store, factories.an_add("Refunds: in euros."))
    far = factories.a_proposal(store, factories.an_add("Dates are ISO 8601."))

    dialog = htmx(as_ada.get, address(own, "duplicate")).content.decode()
    assert re.findall(r'name="of" value="(\d+)"', dialog) == [str(near.pk), str(far.pk)]
    found = htmx(as_ada.get, address(own, "duplicate"), {"q": "iso"}).content.decode()
    assert re.findall(r'name="of" value="(\d+)"', found) == [str(far.pk)]
    page = as_ada.get(address(own, "duplicate")).content.decode()
    assert "This cannot be taken back." in page


def test_a_duplicate_leads_on_to_the_next_one(as_ada, store):
    own, other = factories.a_proposal(store), factories.a_proposal(store)

    answer = as_ada.post(address(own, "duplicate"), {"of": other.name})

    assert (answer.status_code, answer.url) == (303, address(other))
    own.refresh_from_db()
    assert own.superseded_by == other
    assert "carries on for" in as_ada.get(answer.url).content.decode()


@pytest.mark.parametrize("of", ["", "P-x", "own"])
def test_nothing_and_itself_are_no_duplicates(as_ada, proposal, of):
    sent = {"of": str(proposal.pk) if of == "own" else of}

    answer = htmx(as_ada.post, address(proposal, "duplicate"), sent)

    assert answer.status_code == 422
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN


def test_another_team_s_proposal_carries_on_for_nobody(as_ada, proposal):
    other = factories.a_proposal()

    answer = as_ada.post(address(proposal, "duplicate"), {"of": str(other.pk)})

    assert answer.status_code == 404


def test_rejecting_it_as_a_duplicate_asks_of_which_and_keeps_the_reason(
    as_ada, proposal, store
):
    other = factories.a_proposal(store)
    sent = {"choice": "duplicate", "reason": "Said twice."}

    asked = as_ada.post(address(proposal, "reject"), sent, follow=True)
    page = asked.content.decode()

    assert f'name="of" value="{other.pk}"' in page
    assert 'value="Said twice."' in page
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN
    as_ada.post(address(proposal, "reject"), sent | {"anyway": "1"})
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.REJECTED


# Sending it back


@pytest.fixture
def rule(store):
    return factories.a_proposal(
        store,
        factories.an_add("Refunds are in euros.", "/mistakes.md"),
        alternatives=("Pay refunds in euros.",),
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            {"choice": "scope", "scope": "person:dana"},
            {"wish": "scope", "scope": "person", "of": "dana"},
        ),
        (
            {
                "choice": "place",
                "place": '{"path": "/rules.md", "heading": ["Rules"]}',
            },
            {"wish": "place", "path": "/rules.md", "heading": ["Rules"]},
        ),
        (
            {"choice": "wording", "wording": "Pay refunds in euros."},
            {"wish": "wording", "text": "Pay refunds in euros."},
        ),
        ({"choice": "evidence"}, {"wish": "evidence"}),
        ({"choice": "other", "reason": "Friendlier."}, {}),
    ],
)
def test_what_can_be_followed_is_chosen_and_kept(as_ada, rule, sent, kept):
    form = htmx(as_ada.get, address(rule, "changes")).content.decode()
    for name, value in sent.items():
        assert f'name="{name}"' in form
        assert value == "Friendlier." or escape(value) in form

    answer = as_ada.post(address(rule, "changes"), {"reason": ""} | sent)

    assert answer.status_code == 303
    decision = rule.decisions.get()
    assert (decision.wishes, decision.ground) == (kept, sent["choice"])


@pytest.mark.parametrize(
    "sent",
    [
        {"choice": "other", "reason": ""},
        {"choice": "scope"},
        {"choice": "scope", "scope": "planet:earth"},
        {"choice": "place", "place": "[not json"},
        {"choice": "place", "place": '["/rules.md"]'},
        {"choice": "wording", "wording": "Something of my own."},
    ],
)
def test_what_cannot_be_asked_for_keeps_what_was_chosen_and_typed(as_ada, rule, sent):
    answer = htmx(
        as_ada.post, address(rule, "changes"), {"reason": "My reason."} | sent
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(rf'value="{sent["choice"]}" checked', page)
    assert sent.get("reason", "My reason.") in page
    rule.refresh_from_db()
    assert rule.state == Proposal.State.OPEN


def test_a_rule_that_stands_already_is_offered_no_other_place(as_ada, proposal):
    form = htmx(as_ada.get, address(proposal, "changes")).content.decode()

    assert re.findall(r'name="choice" value="(\w+)"', form) == ["evidence", "other"]


# Taking back, and letting come again


def test_whoever_proposed_it_can_take_it_back(as_ada, as_bob, store):
    own = factories.a_proposal(store)
    Proposal.objects.update(by="person:ada")
    assert "Take it back" in page_of(as_ada, own)
    assert "Take it back" not in page_of(as_bob, own)

    assert as_bob.post(address(own, "take-back")).status_code == 403
    as_ada.post(address(own, "take-back"))

    own.refresh_from_db()
    assert own.state == Proposal.State.WITHDRAWN


def test_what_was_turned_down_may_be_let_come_again(as_ada, proposal):
    decisions.reject(proposal, by=BOB, reason="One case.")
    assert "Let it be proposed again" in page_of(as_ada, proposal)

    as_ada.post(address(proposal, "unmute"))

    assert mutes.standing(proposal.store, proposal.fingerprint) is None
    assert "Let it be proposed again" not in page_of(as_ada, proposal)
