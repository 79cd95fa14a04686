"""What a proposal would have done to past runs stands on its page, with the runs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.dreams import dreams, pipeline
from reviews.dreams.models import Pattern
from reviews.memory import stores
from reviews.proposals.models import Proposal
from reviews.traces import intake
from reviews.traces.steps import Record, Step
from tests import factories

pytestmark = pytest.mark.django_db

BAD = "Error: amount must be a whole number"


def a_run(number, failing):
    said = BAD if failing else "done"
    return Record(
        external_id=f"run-{number}", format="own", person=f"p{number % 4}", task=f"t{number}",
        started_at=(timezone.now() - timedelta(hours=5 * number)).isoformat(),
        steps=[
            Step(0, "message", "person", f"Pay invoice {number}."),
            Step(1, "tool_call", "agent", '{"amount": "1.5"}', "pay", "c1"),
            Step(2, "tool_result", "tool", said, "pay", "c1", error=failing),
        ],
    )  # fmt: skip


@pytest.fixture
def proposal(team):
    store = factories.a_store(team)
    agent = factories.an_agent(team)
    stores.subscribe(agent, store, by=factories.SETUP)
    runs = [a_run(n, failing=n < 5) for n in range(8)]
    intake.accept(agent, runs, by=factories.SETUP)
    pipeline.run_inline(dreams.start(store, by=factories.MAX))
    return Proposal.objects.get(kind="constraint")


def address(proposal, verdict):
    return reverse("web:proposal-runs", args=[proposal.pk, verdict])


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_where_it_would_have_applied_and_leads_to_the_runs(
    as_ada, proposal
):
    said = page(as_ada, reverse("web:proposal", args=[proposal.pk]))

    assert "would have applied in 8 runs" in said
    assert "5 had the failure" in said
    assert "3 were fine" in said
    assert address(proposal, "failed") in said

    failed = page(as_ada, address(proposal, "failed"))
    assert failed.count("data-row>") == 5
    assert page(as_ada, address(proposal, "fine")).count("data-row>") == 3


def test_other_teams_and_nonsense_find_nothing(as_eve, as_ada, proposal):
    assert as_eve.get(address(proposal, "failed")).status_code == 404
    assert as_ada.get(address(proposal, "luck")).status_code == 404


def test_runs_of_others_are_never_shown_whatever_was_kept(as_ada, proposal):
    stranger = factories.a_trace(factories.an_agent())
    Pattern.objects.update(
        counterfactual={
            "tried": True, "applied": 1, "failed": 1, "fine": 0, "recovered": 0,
            "reminds": False, "traces": {"failed": [stranger.pk]},
        }
    )  # fmt: skip

    said = page(as_ada, address(proposal, "failed"))

    assert stranger.external_id not in said
    assert "No run to look at" in said


def test_what_cannot_be_tried_says_why(as_ada, team):
    by_hand = factories.a_proposal(factories.a_store(team), engine="")

    said = page(as_ada, reverse("web:proposal", args=[by_hand.pk]))

    assert "not tried: no engine found it in runs" in said


def test_the_rent_names_its_price_and_its_model(as_ada, proposal):
    said = page(as_ada, reverse("web:proposal", args=[proposal.pk]))

    assert "tokens more in every run" in said
    assert "claude-sonnet" in said
    assert "per million tokens" in said


def test_asking_for_the_runs_costs_as_much_for_ten_as_for_two(
    as_ada, proposal, flat_queries
):
    found = Pattern.objects.get(fingerprint=proposal.fingerprint)
    agent = factories.Agent.objects.filter(team=proposal.store.team).first()

    def more():
        trace = factories.a_trace(agent)
        found.counterfactual["traces"]["failed"].append(trace.pk)
        found.save()

    flat_queries(address(proposal, "failed"), more, as_ada)
