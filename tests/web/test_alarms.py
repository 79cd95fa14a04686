"""Everybody hears when work that is due is left lying; one look serves many pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.proposals import decisions
from reviews.proposals.models import Decision, KillSwitch
from reviews.web import alarms
from tests import factories
from tests.factories import ADA

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(alarms, "_seen", (-alarms.EVERY, False))


def held(team, since):
    proposal = factories.a_proposal(factories.a_store(team, hold_seconds=60))
    decisions.approve(proposal, by=ADA)
    Decision.objects.update(applies_at=timezone.now() - since)


def test_overdue_approvals_mean_that_nobody_works(as_vera, team):
    held(team, alarms.OVERDUE + timedelta(seconds=5))

    assert b"No worker takes up work" in as_vera.get("/traces/").content


def test_what_waits_its_time_alarms_nobody(as_vera, team):
    held(team, timedelta(seconds=5))

    assert b"No worker takes up work" not in as_vera.get("/traces/").content


def test_a_process_looks_once_in_a_while(team, django_assert_num_queries):
    with django_assert_num_queries(1):
        alarms.idle()
        alarms.idle()


def test_the_kill_switch_comes_first(as_vera, team):
    held(team, alarms.OVERDUE * 2)
    KillSwitch.objects.update_or_create(team=team, defaults={"on": True})

    page = as_vera.get("/traces/").content.decode()

    assert page.index("kill switch is on") < page.index("No worker")
