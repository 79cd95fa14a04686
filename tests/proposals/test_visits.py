"""Visits: who is at a proposal now, what they saw of it, and that looking is no act."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.audit.models import LedgerEntry
from reviews.proposals import decisions, threads, visits
from reviews.proposals.models import Visit
from tests.factories import ADA, BOB, a_proposal, a_store, a_team, the_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return a_team()


@pytest.fixture
def cast(team):
    return the_cast(team)


@pytest.fixture
def proposal(team):
    return a_proposal(a_store(team))


def test_whoever_is_there_is_seen_by_the_others(
    proposal, cast, django_assert_num_queries
):
    visits.arrive(proposal, cast["ada"])
    visits.arrive(proposal, cast["bob"])

    with django_assert_num_queries(1):
        others = visits.here([proposal], besides=cast["ada"])

    assert others == {proposal.pk: ["bob"]}
    assert visits.here([proposal]) == {proposal.pk: ["ada", "bob"]}


def test_a_page_that_is_closed_ends_the_visit_by_itself(proposal, cast):
    visits.arrive(proposal, cast["ada"])

    Visit.objects.update(here_until=timezone.now() - timedelta(seconds=1))

    assert visits.here([proposal]) == {}
    assert visits.of(proposal, cast["ada"]) is not None


def test_a_sign_of_life_renews_it_in_one_statement(
    proposal, cast, django_assert_num_queries
):
    visits.arrive(proposal, cast["ada"])
    before = visits.of(proposal, cast["ada"])
    Visit.objects.update(here_until=timezone.now())

    with django_assert_num_queries(1):
        visits.arrive(proposal, cast["ada"])

    after = visits.of(proposal, cast["ada"])
    assert after.pk == before.pk
    assert after.first_at == before.first_at
    assert after.here_until > timezone.now() + timedelta(minutes=4)


def test_what_one_saw_first_is_where_changes_count_from(proposal, cast):
    visits.arrive(proposal, cast["ada"])
    decisions.reword(proposal, texts={0: "Something else."}, by=BOB)

    visits.arrive(proposal, cast["ada"])
    visits.arrive(proposal, cast["lin"])

    assert visits.of(proposal, cast["ada"]).wording == 1
    assert visits.of(proposal, cast["lin"]).wording == 2
    visits.catch_up(proposal, cast["ada"])
    assert visits.of(proposal, cast["ada"]).wording == 2


def test_whoever_says_something_has_seen_the_words_that_stand(proposal, cast):
    visits.arrive(proposal, cast["ada"])
    decisions.reword(proposal, texts={0: "Something else."}, by=BOB)

    threads.say(proposal, by=ADA, text="Better.")

    assert visits.of(proposal, cast["ada"]).wording == 2


def test_evidence_is_opened_once(proposal, cast):
    assert visits.of(proposal, cast["ada"]) is None

    visits.open_evidence(proposal, cast["ada"])
    first = visits.of(proposal, cast["ada"]).evidence_at
    visits.open_evidence(proposal, cast["ada"])

    assert first is not None
    assert visits.of(proposal, cast["ada"]).evidence_at == first


def test_whoever_only_reads_opens_evidence_and_is_not_at_it(proposal, cast):
    for _ in range(2):
        visits.open_evidence(proposal, cast["vera"], only_reads=True)

    assert visits.of(proposal, cast["vera"]).evidence_at is not None
    assert visits.here([proposal]) == {}


def test_looking_is_no_act(proposal, cast):
    before = LedgerEntry.objects.count()

    visits.arrive(proposal, cast["ada"])
    visits.open_evidence(proposal, cast["ada"])
    visits.catch_up(proposal, cast["ada"])

    assert LedgerEntry.objects.count() == before
