"""The inbox: who has to act next, in which order, and what a row says of it."""

import gzip
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from reviews.proposals import bindings, decisions
from reviews.proposals.models import Decision, Proposal
from tests import factories
from tests.factories import ADA, BOB
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(team):
    return factories.a_store(team, "support")


def page_of(client, query=""):
    answer = client.get(f"/inbox/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client, query=""):
    """The proposals of a page, in its order."""
    return [
        int(pk) for pk in re.findall(r'id="proposal-(\d+)"', page_of(client, query))
    ]


def test_grave_risk_comes_first_and_then_what_has_waited_longest(as_ada, store):
    old, new, grave = (factories.a_proposal(store) for _ in range(3))
    Proposal.objects.filter(pk=grave.pk).update(risk="high")
    Proposal.objects.filter(pk=old.pk).update(
        waiting_since=timezone.now() - timedelta(days=2)
    )

    assert shown(as_ada) == [grave.pk, old.pk, new.pk]


def test_a_row_says_what_it_would_do_where_and_on_what_evidence(as_vera, store):
    factories.a_proposal(store, factories.an_add("Use `pip`.", "/python.md"))

    page = page_of(as_vera)

    assert "Use <code>pip</code>." in page
    assert "support/python.md" in page
    assert "12 traces, 1 agent <" in page
    assert "none against" in page


@pytest.mark.parametrize(
    ("family", "counts", "words"),
    [
        ("mistake", {"groups": 48, "against": 756, "opportunities": 804}, "in 6 % of 804 groups"),
        ("workflow", {"groups": 3, "against": 997, "opportunities": 1000}, "in under 1 % of 1,000 groups"),
        ("mistake", {"groups": 47, "against": 24, "opportunities": 152, "failing_with": 48}, "24 against"),
        ("preference", {"groups": 48, "against": 2, "opportunities": 804}, "2 against"),
        ("mistake", {"groups": 3, "against": 5}, "5 against"),
        ("preference", {"groups": 48, "against": 0, "opportunities": 804}, "none against"),
    ],
)  # fmt: skip
def test_a_row_calls_against_it_only_what_speaks_against_it(
    as_vera, store, family, counts, words
):
    counts = {"runs": 12, "agents": 1, **counts}
    factories.a_proposal(store, family=family, counts=counts)

    assert f">{words}</span>" in page_of(as_vera)


def test_whoever_may_not_decide_is_not_asked_what_to_do(as_ada, as_vera, store):
    factories.a_proposal(store)

    assert 'id="bulk"' in page_of(as_ada)
    assert 'id="bulk"' not in page_of(as_vera)
    assert 'id="bulk"' not in page_of(as_ada, "?section=decided")


def test_what_is_taken_back_in_the_list_leaves_one_in_the_list(as_ada, store):
    proposal = factories.a_proposal(store)
    decisions.approve(proposal, by=ADA)
    page = page_of(as_ada, "?section=waiting&q=risk:low")
    action = re.search(r'action="(/proposals/\d+/withdraw/[^"]*)"', page)[1]

    answer = as_ada.post(action.replace("&amp;", "&"))

    assert answer.status_code == 303
    assert answer["Location"] == "/inbox/?section=waiting&q=risk%3Alow"


def test_a_section_holds_what_its_name_says(as_ada, store):
    waiting, held, sent_back, rejected, asleep = (
        factories.a_proposal(store) for _ in range(5)
    )
    decisions.approve(held, by=BOB)
    decisions.request_changes(sent_back, by=BOB, reason="Say it shorter.")
    decisions.reject(rejected, by=BOB, reason="It is wrong.")
    decisions.snooze(asleep, by=BOB, until=timezone.now() + timedelta(days=1))

    assert shown(as_ada) == [waiting.pk]
    assert set(shown(as_ada, "?section=waiting")) == {held.pk, sent_back.pk}
    assert shown(as_ada, "?section=decided") == [rejected.pk]
    assert shown(as_ada, "?section=snoozed") == [asleep.pk]


def test_what_was_decided_says_by_whom_and_offers_to_undo_it(as_ada, as_vera, store):
    applied, rejected = (factories.a_proposal(store) for _ in range(2))
    decisions.approve(applied, by=BOB, hold=0)
    decisions.reject(rejected, by=ADA, reason="It is wrong.")

    page = page_of(as_ada, "?section=decided")

    def row(proposal):
        return page.split(f'id="proposal-{proposal.pk}"')[1].split("</tr>")[0]

    assert "bob" in row(applied)
    assert "just now" in row(applied)
    assert f"/rollback/support/?undo={applied}" in row(applied)
    assert "ada" in row(rejected)
    assert "?undo=" not in row(rejected)
    assert "?undo=" not in page_of(as_vera, "?section=decided")


def test_what_is_held_can_be_taken_back_from_its_row(as_ada, as_vera, store):
    held = factories.a_proposal(store)
    decisions.approve(held, by=BOB)

    assert f"Take {held} back" in page_of(as_ada, "?section=waiting")
    assert f"Take {held} back" not in page_of(as_vera, "?section=waiting")


def test_the_first_of_two_approvals_moves_it_to_the_others(as_ada, as_bob, store):
    grave = factories.a_proposal(store)
    Proposal.objects.filter(pk=grave.pk).update(risk="high")
    grave.refresh_from_db()
    decisions.approve(grave, by=ADA, reason="Sure.")

    assert shown(as_ada) == []
    assert shown(as_ada, "?section=waiting") == [grave.pk]
    assert shown(as_bob) == [grave.pk]
    assert "needs a second approval (1 given)" in page_of(as_bob)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=boat", 1),
        ("?q=BOAT", 1),
        ("?q=train", 0),
        ("?q=risk:high", 1),
        ("?q=kind:add", 2),
        ("?q=kind:delete", 0),
        ("?q=-kind:delete+flag:widening", 1),
        ("?q=store:support", 2),
        ("?store=support", 2),
        ("?q=risk:high+boat", 0),
    ],
)
def test_filters_narrow_together(as_ada, store, query, found):
    factories.a_proposal(store, title="Parcels go by boat.")
    grave = factories.a_proposal(store)
    Proposal.objects.filter(pk=grave.pk).update(risk="high", flags=["widening"])

    assert len(shown(as_ada, query)) == found


@pytest.mark.parametrize(
    "query",
    [
        "?section=nonsense",
        "?after=nonsense",
        "?after=9~2026-01-01T00:00:00~1",
        "?sort=x&group=y",
        "?q=%25_%27",
    ],
)
def test_an_address_that_means_nothing_shows_a_page_all_the_same(as_ada, store, query):
    factories.a_proposal(store)

    page = page_of(as_ada, query)

    assert "<script>" not in page
    assert "Inbox" in page


def test_a_store_that_does_not_exist_here_is_not_found(as_ada, as_eve, store):
    assert as_ada.get("/inbox/?store=nowhere").status_code == 404
    assert as_eve.get("/inbox/?store=support").status_code == 404


def test_htmx_gets_the_queue_alone(as_ada, store):
    factories.a_proposal(store)

    part = htmx(as_ada.get, "/inbox/?section=all").content.decode()

    assert part.lstrip().startswith('<div id="queue">')
    assert 'value="all" form="filter"' in part


def test_two_hundred_proposals_are_walked_page_by_page(as_ada, store):
    keys = [factories.a_proposal(store).pk for _ in range(60)]

    first = page_of(as_ada)
    (after,) = set(re.findall(r"after=([^\"&]+)", first))

    assert shown(as_ada) == keys[:50]
    assert shown(as_ada, f"?after={after}") == keys[50:]
    assert len(gzip.compress(first.encode())) < 60_000


def test_the_queue_asks_no_more_for_more_proposals(flat_queries, as_ada, store):
    flat_queries("/inbox/", lambda: factories.a_proposal(store), as_ada)


def test_nothing_to_do_says_so_and_what_would_bring_something(as_ada, team):
    page = page_of(as_ada)

    assert "Nothing needs you." in page
    assert "No store has dreamt yet." in page


def test_nothing_to_do_still_names_what_needs_attention(as_ada, store):
    factories.a_proposal(store)
    Proposal.objects.update(attention="Its rule has changed.")

    page = page_of(as_ada)

    assert "Nothing needs you." in page
    assert "1 needs attention" in page


def test_a_filter_that_finds_nothing_is_not_an_empty_inbox(as_ada, store):
    factories.a_proposal(store)

    page = page_of(as_ada, "?q=unicorn")

    assert "No proposal matches" in page
    assert "Nothing needs you" not in page


def test_another_team_s_proposals_are_not_there(as_eve, store):
    factories.a_proposal(store)

    assert shown(as_eve) == []


def test_an_address_of_before_leads_to_its_filter(as_ada, store):
    answer = as_ada.get("/inbox/?risk=high&kind=nonsense&section=all")

    assert answer.url == "/inbox/?section=all&q=risk%3Ahigh"


def test_an_edit_says_the_words_that_change(as_ada, store):
    factories.a_version(store, rules="- Refunds go out within 24 h.\n")
    edit = factories.an_edit(
        "Refunds go out within 24 h.", "Refunds go out within 4 h."
    )
    factories.a_proposal(store, edit)

    assert "Edits 1 rule in rules.md: “within 24 h” → “within 4 h”" in page_of(as_ada)


def test_a_row_names_its_flags_in_words(as_ada, store):
    Proposal.objects.filter(pk=factories.a_proposal(store).pk).update(
        flags=["tool-only", "of-an-engine-of-yours", "burst"]
    )

    page = page_of(as_ada)

    assert "only tools said it, of-an-engine-of-yours +1" in page


def test_a_list_in_families_names_them_in_words(as_ada, store):
    Proposal.objects.filter(pk=factories.a_proposal(store).pk).update(family="mistake")

    assert ">A mistake that comes back</th>" in page_of(as_ada, "?group=family")


def test_a_mistake_keeps_the_old_list(as_ada, store):
    proposal = factories.a_proposal(store)

    part = htmx(as_ada.get, "/inbox/?q=rsik:high")
    page = as_ada.get("/inbox/?q=rsik:high")

    assert (part.status_code, part["HX-Retarget"]) == (422, "#filter-said")
    assert "Did you mean risk:?" in part.content.decode()
    assert page.status_code == 422
    assert f'id="proposal-{proposal.pk}"' in page.content.decode()


def test_a_peek_shows_the_change_and_decides_low_risk_only(as_ada, as_vera, store):
    low = factories.a_proposal(store, factories.an_add("Parcels go by boat."))
    grave = factories.a_proposal(store, factories.an_add("Skip the review."))

    def peek(client, proposal):
        return htmx(client.get, f"/inbox/{proposal.pk}/peek/").content.decode()

    assert "Parcels go by boat." in peek(as_ada, low)
    assert 'data-row-key="a"' in peek(as_ada, low)
    assert 'data-row-key="a"' not in peek(as_ada, grave)
    assert 'data-row-key="a"' not in peek(as_vera, low)


def approval(client, proposal, **changes):
    bound = bindings.of(proposal).bound
    sent = {
        "verb": "approve",
        "single": "1",
        "pk": proposal.pk,
        f"bound-{proposal.pk}": bound,
    }
    return htmx(client.post, "/inbox/act/", sent | changes)


def test_low_risk_is_approved_in_its_row(as_ada, store):
    proposal = factories.a_proposal(store)

    page = approval(as_ada, proposal)

    proposal.refresh_from_db()
    assert proposal.state == "held"
    assert page["HX-Retarget"] == "#inbox-said"
    assert f'data-done id="proposal-{proposal.pk}"' in page.content.decode()


def test_what_was_not_shown_or_is_grave_is_not_approved_from_the_list(as_ada, store):
    low = factories.a_proposal(store)
    grave = factories.a_proposal(store, factories.an_add("Skip the review."))

    assert approval(as_ada, low, **{f"bound-{low.pk}": "other"}).status_code == 409
    assert approval(as_ada, grave).status_code == 422
    assert not Decision.objects.exists()


def test_several_are_asked_for_in_full_and_done_at_once(as_ada, store):
    first, second = factories.a_proposal(store), factories.a_proposal(store)
    grave = factories.a_proposal(store, factories.an_add("Skip the review."))
    keys = [first.pk, second.pk, grave.pk]

    dialog = htmx(as_ada.get, "/inbox/act/", {"verb": "approve", "pk": keys})
    sent = {"verb": "approve", "pk": keys[:2]} | {
        f"bound-{one.pk}": bindings.of(one).bound for one in (first, second)
    }
    silent = htmx(as_ada.post, "/inbox/act/", sent)
    done = as_ada.post("/inbox/act/", sent | {"reason": "Read."}, follow=True)

    assert "has high risk" in dialog.content.decode()
    assert dialog.content.decode().count('name="bound-') == 2
    assert silent.status_code == 422
    assert "2 approved." in done.content.decode()


def test_alike_ones_stand_under_the_first_unless_they_are_graver(as_ada, store):
    first, second, grave = (factories.a_proposal(store) for _ in range(3))
    Proposal.objects.filter(pk__in=[second.pk, grave.pk]).update(resembles=first)
    Proposal.objects.filter(pk=first.pk).update(resembles=None)
    Proposal.objects.filter(pk=grave.pk).update(risk="high")

    page = page_of(as_ada)

    assert "1 like this" in page
    assert f'id="proposal-{second.pk}" data-under="{first.pk}" hidden' in page
    assert f'id="proposal-{grave.pk}"><tr>' in page


def test_the_poll_says_nothing_until_something_happens_and_moves_no_row(as_ada, store):
    factories.a_proposal(store)
    later = quote((timezone.now() + timedelta(minutes=1)).isoformat())
    before = quote((timezone.now() - timedelta(minutes=2)).isoformat())

    quiet = htmx(as_ada.get, f"/inbox/news/?at={later}")
    news = htmx(as_ada.get, f"/inbox/news/?seen=0&at={before}&said={before}")

    assert quiet.status_code == 204
    page = news.content.decode()
    assert "1 new" in page
    assert 'id="count-your-turn" hx-swap-oob="true">1<' in page
    assert "1 new in this list" in page
    assert 'id="proposal-' not in page


def test_a_slow_tenth_raises_the_alarm_with_its_numbers(as_ada, store):
    old, _ = factories.a_proposal(store), factories.a_proposal(store)
    assert "longer than they should" not in page_of(as_ada)
    Proposal.objects.filter(pk=old.pk).update(
        waiting_since=timezone.now() - timedelta(days=9)
    )

    page = page_of(as_ada)

    assert "1 of 2 have waited for longer than they should." in page
    assert "within 72 h" in page


def test_a_sitting_begins_with_the_first_and_ends_with_a_sum(as_ada, store):
    first = factories.a_proposal(store)

    begun = as_ada.post("/inbox/begin/", {"from": ""})
    decisions.reject(first, by=ADA, reason="No.")
    page = page_of(as_ada)

    assert begun.url == f"/proposals/{first.pk}/"
    assert "Done: 1 decided" in page
    assert "1 decided" not in page_of(as_ada)
