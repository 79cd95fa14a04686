"""What stands beside a proposal: its neighbours, its evidence, others, and what is next."""

import gzip
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.proposals import decisions, threads, visits
from reviews.proposals.models import Decision
from reviews.traces import readings
from reviews.web.presenters import evidence
from tests import factories
from tests.factories import ADA, LIN
from tests.web.conftest import htmx
from tests.web.proposal.conftest import address, form_of, grow, page_of, words_of

pytestmark = pytest.mark.django_db


# What stands beside it


def test_rules_that_contradict_are_quoted_with_their_line(as_vera, store):
    proposal = factories.a_proposal(store, factories.an_add("Never be kind."))

    page = page_of(as_vera, proposal)

    assert "Contradicts" in page
    assert 'href="/memory/support/rules.md#L4"' in page


def test_a_rule_that_goes_says_who_approved_it_and_who_read_it(as_vera, store, team):
    kind = factories.a_proposal(store, factories.an_add("Wave goodbye."))
    decisions.approve(kind, by=ADA, hold=0)
    readings.record(factories.an_agent(team), store, 2, run="run-1")
    gone = factories.a_proposal(store, factories.a_deletion("Wave goodbye."))

    page = page_of(as_vera, gone)

    who = re.search(
        r'Approved by(.*?)in <a href="/history/support/2/"', page, re.DOTALL
    )
    assert "ada" in who[1]
    assert f'(<a href="/proposals/{kind.pk}/">{kind}</a>)' in page
    assert "support was read by 1 run of 1 agent in 30 days." in page


def test_what_agents_will_read_is_weighed_against_the_budget(as_vera, proposal, store):
    assert "over budget" not in page_of(as_vera, proposal)

    store.token_budget = 5
    store.save()

    page = page_of(as_vera, proposal)
    assert "over budget" in page
    assert re.search(r"\d+ of 5 tokens", page)


def test_words_that_earn_a_flag_are_named_beside_it(as_vera, store):
    proposal = factories.a_proposal(
        store, factories.an_add("Skip the tests on Friday.")
    )

    page = page_of(as_vera, proposal)

    assert re.search(r"<b>Loosens a safeguard</b>: <q>Skip</q>", page)


def test_a_secret_blocks_and_says_how_it_would_not(as_ada, store):
    proposal = factories.a_proposal(
        store, factories.an_add("Use password: hunter2hunter2.")
    )

    answer = as_ada.post(address(proposal, "approve"), form_of(proposal, reason="Ok."))

    assert answer.status_code >= 400
    assert words_of(answer.content.decode())["Secret scan"] == "ERROR"
    assert Decision.objects.count() == 0


def test_open_threads_ask_for_a_reason(as_ada, proposal):
    threads.say(proposal, by=LIN, text="Is this so?")

    refused = as_ada.post(address(proposal, "approve"), form_of(proposal))
    taken = as_ada.post(address(proposal, "approve"), form_of(proposal, reason="Yes."))

    assert refused.status_code == 422
    assert words_of(refused.content.decode())["No open threads"] == "UNSATISFIED"
    assert taken.status_code == 303


def test_quotes_of_what_went_well_are_no_evidence_against(store):
    counts = {"groups": 23, "failing_with": 23, "fine_with": 0, "failing_without": 1,
              "fine_without": 42, "opportunities": 52, "against": 0, "base_rate": 0.02}  # fmt: skip
    trace = factories.a_trace(factories.an_agent(store.team), "Amounts in euros.")
    quotes = (
        factories.a_quote(trace, "Amounts"),
        factories.a_quote(trace, "euros", stance="against"),
    )
    proposal = factories.a_proposal(store, counts=counts, quotes=quotes)

    found = evidence.why(proposal, list(proposal.operations.all()))

    told = [(one.word, len(one.quotes), one.counted) for one in found.groups]
    assert told == [("For", 1, 23), ("Against", 0, 0), ("Done right already", 1, 42)]
    assert found.searched.startswith("0 found, 0 quoted: searched in every run of the")
    assert found.groups[1].says == "The old way never went well."


def test_those_who_said_nothing_are_not_against_a_remark(store):
    counts = {"groups": 5, "opportunities": 177, "against": 172, "base_rate": 0.03}
    proposal = factories.a_proposal(
        store, counts=counts, family="preference", kind="remark"
    )

    found = evidence.why(proposal, list(proposal.operations.all()))

    assert not evidence.opposes(proposal)
    assert "it did not show in 172 of 177 groups" in found.searched
    assert found.groups[1].says.startswith("172 groups met the same occasion")


def test_runs_that_did_it_right_are_counted_and_not_quoted_against_it(store):
    counts = {"groups": 6, "opportunities": 12, "against": 0, "base_rate": 0.5}
    trace = factories.a_trace(factories.an_agent(store.team), "Amounts in euros.")
    quotes = (
        factories.a_quote(trace, "Amounts"),
        factories.a_quote(trace, "euros", stance="against"),
    )
    proposal = factories.a_proposal(
        store, counts=counts, quotes=quotes, family="mistake", kind="lookup"
    )

    found = evidence.why(proposal, list(proposal.operations.all()))

    told = [(one.word, len(one.quotes)) for one in found.groups]
    assert told == [("For", 1), ("Done right already", 1)]
    assert found.groups[1].says.startswith("6 groups met the same occasion")
    assert found.searched.startswith("0 quoted; it did not show in 6 of 12 groups")


def test_unknown_counts_are_not_zero(store):
    proposal = factories.a_proposal(store, counts={})

    found = evidence.why(proposal, list(proposal.operations.all()))

    assert found.base_rate == "not counted"
    assert "nobody has searched" in found.searched


def test_evidence_whose_trace_is_gone_keeps_quote_and_hash(as_vera, proposal):
    quote = proposal.operations.get().evidence.get()
    quote.trace = None
    quote.save(update_fields=["trace"])

    page = page_of(as_vera, proposal)

    assert "Amounts in euros" in page
    assert "trace no longer kept" in page
    assert quote.sha256[:12] in page


def test_a_frozen_store_says_what_agents_go_on_reading(as_ada, proposal, store):
    store.frozen_at = 1
    store.save()

    assert "support is frozen at v1" in page_of(as_ada, proposal)


def test_whoever_may_only_look_is_told_who_decides(as_vera, proposal):
    page = page_of(as_vera, proposal)

    assert "Deciding needs an operator" in page
    assert 'id="decide"' not in page


def test_others_are_told_who_is_there(as_ada, proposal, cast):
    visits.arrive(proposal, cast["bob"])

    assert "bob is reviewing" in page_of(as_ada, proposal)


# Onward


def test_a_decision_brings_the_next_one_into_its_place(as_ada, proposal, store):
    following = factories.a_proposal(store)

    answer = htmx(as_ada.post, address(proposal, "approve"), form_of(proposal))

    page = answer.content.decode()
    assert answer["HX-Push-Url"] == address(following)
    assert answer["HX-Retarget"] == answer["HX-Reselect"] == "#main"
    assert page.index("<title>") < page.index('id="main"')
    assert f'action="{address(following, "approve")}"' in page
    assert f"{proposal} is approved." in page
    assert f'action="{address(proposal, "withdraw")}"' in page
    assert re.search(r'id="inbox-count" hx-swap-oob="true">1<', page)


def test_the_queue_goes_on_with_its_filter(as_ada, store):
    grave, other, plain = (factories.a_proposal(store) for _ in range(3))
    grow(grave, risk="medium")
    grow(plain, risk="medium")
    suffix = "?from=q%3Drisk%253Amedium"

    page = page_of(as_ada, grave, suffix)
    assert "1 of 2" in page
    assert f'href="{address(plain)}{suffix}"' in page

    form = form_of(grave, **{"from": "q=risk%3Amedium"})
    answer = as_ada.post(address(grave, "approve"), form)
    assert answer["Location"] == address(plain) + suffix
    assert other.state == "open"


def test_the_end_of_the_queue_says_what_was_done(as_ada, proposal, cast):
    visits.arrive(proposal, cast["ada"])

    form = form_of(proposal)
    page = as_ada.post(address(proposal, "approve"), form, follow=True).content.decode()

    assert f"{proposal} is approved. Done: 1 decided today, median 0 s." in page


def test_what_is_taken_back_is_looked_at_again(as_ada, proposal):
    decisions.approve(proposal, by=ADA)

    answer = htmx(as_ada.post, address(proposal, "withdraw"))

    assert answer["HX-Push-Url"] == address(proposal)
    assert "is open again; nothing was written." in answer.content.decode()


def test_what_is_taken_back_from_the_toast_stays_in_its_queue(as_ada, store):
    proposal, _ = factories.a_proposal(store), factories.a_proposal(store)
    form = form_of(proposal) | {"from": "q=risk:low"}
    page = as_ada.post(address(proposal, "approve"), form, follow=True).content.decode()
    undo = re.search(r'hx-post="([^"]*/withdraw/[^"]*)"', page)[1]

    answer = htmx(as_ada.post, undo)

    assert answer["HX-Push-Url"] == f"{address(proposal)}?from=q%3Drisk%253Alow"


# The editor


def test_ones_own_words_are_compared_with_both_sides_before_they_count(
    as_ada, proposal
):
    form = form_of(proposal, **{"text-0": "Answer within 6 h.", "preview": "1"})

    page = as_ada.post(address(proposal, "edit"), form).content.decode()

    assert "Proposed → yours" in page
    assert re.search(r"<del>4</del>.*?<ins>6</ins>", page)
    assert re.search(r"<del>24</del>.*?<ins>6</ins>", page)
    assert Decision.objects.count() == 0
    assert proposal.wording == 1


# Budgets


def test_a_large_proposal_asks_twelve_questions_and_is_small(as_ada, store, team):
    trace = factories.a_trace(
        factories.an_agent(team), *[f"Words {n}" for n in range(30)]
    )
    quotes = tuple(
        factories.a_quote(trace, f"Words {n}", operation=n % 5) for n in range(10, 30)
    )
    edits = [
        factories.an_edit(f"{rule}", f"{rule} Always.")
        for rule in ("Be kind.", "Say please.", "Use the fax.", "Count twice.")
    ]
    proposal = factories.a_proposal(
        store, *edits, factories.an_add("Wave."), quotes=quotes
    )
    for one in proposal.operations.all():
        threads.say(proposal, by=LIN, text="Really?", operation=one)
    page_of(as_ada, proposal)

    with CaptureQueriesContext(connection) as asked:
        page = page_of(as_ada, proposal)

    assert len(asked) <= 12, "\n".join(one["sql"][:120] for one in asked)
    assert len(gzip.compress(page.encode())) < 120_000


def test_an_opinion_is_not_kept_back_where_there_is_nothing_to_open(as_ada, store):
    bare = factories.a_proposal(store, quotes=(), family="hygiene", kind="added")
    bare.risk = "medium"
    bare.save(update_fields=["risk"])

    assert "opinion is folded" not in as_ada.get(address(bare)).content.decode()
