"""Nothing is ever spent beyond a cap, by however many at once."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from reviews.audit.models import LedgerEntry
from reviews.dreams.asking import budgets, completions
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.completions import Order
from reviews.dreams.asking.wires import tokens, wire_of
from reviews.dreams.models import Budget, Completion
from reviews.errors import Invalid
from tests.dreams.asking.factories import (
    GOOD,
    a_question,
    allow,
    an_asking_dream,
    ask,
    oracle,
    questions,
)
from tests.factories import MAX, a_store, a_team

pytestmark = pytest.mark.django_db


def an_order(name="judge-1", dollars="1"):
    wire = wire_of(a_question(name), "claude-sonnet-5-5")
    return Order(a_question(name), wire, Decimal(dollars))


def test_what_does_not_fit_is_over_budget_the_last_questions_first(loopback):
    loopback.messages.answer = lambda params: GOOD | {"reason": "So. " * 300}
    dream = an_asking_dream()
    three = oracle(dream).estimate(questions(3))
    allow(dream, round(three, 2))
    most = oracle(dream).left()

    answers = ask(dream, *questions(30))

    stops = [answer.stop for answer in answers.values()]
    told = stops.count("end_turn")
    assert stops == ["end_turn"] * told + ["over-budget"] * (30 - told)
    # What an answer did not need of its reserve paid for more than three.
    assert 3 < told < 30
    assert sum(a.cost for a in answers.values()) <= most
    assert answers["judge-29"].problem == (
        f"The budget of ${round(three, 2)} a dream does not allow it."
    )


def test_what_was_over_budget_stays_so_for_this_dream(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    allow(dream, 0)
    ask(dream, a_question())
    allow(dream, 5)

    answer = ask(dream, a_question())["judge-1"]

    assert answer.stop == "over-budget"
    assert loopback.calls == []


def test_left_is_what_the_tightest_cap_leaves():
    dream = an_asking_dream()
    budgets.change(
        dream.store.team, by=MAX, per_dream=2, per_day=Decimal("2.50"), per_month=3
    )
    payer = Payer(dream.store.team, dream)
    other = Payer(dream.store.team, an_asking_dream(a_store(dream.store.team)))
    completions.reserve(other, [an_order()], batch=False)

    assert budgets.left(budgets.of(payer.team), budgets.spent(payer)) == Decimal("1.50")
    # Yesterday's spending is the month's, not today's.
    now = timezone.now()
    if now.day == 1:
        pytest.skip("yesterday was another month")
    Completion.objects.update(created_at=now - timedelta(days=1))
    assert budgets.left(budgets.of(payer.team), budgets.spent(payer)) == Decimal(2)


def test_reserving_stops_at_the_first_that_does_not_fit():
    dream = an_asking_dream()
    allow(dream, 2)
    orders = [an_order("a", "1.5"), an_order("b", "1.5"), an_order("c", "0.1")]

    rows = completions.reserve(Payer(dream.store.team, dream), orders, batch=False)

    assert [row.name for row in rows] == ["a"]


def test_a_team_that_set_nothing_has_the_usual_budget():
    team = a_team()

    assert (budgets.of(team).per_dream, budgets.of(team).per_month) == (
        Decimal("2.00"),
        Decimal("50.00"),
    )
    assert not Budget.objects.exists()


def test_a_change_of_the_budget_is_in_the_ledger():
    team = a_team()

    budgets.change(team, by=MAX, per_dream=Decimal("1.5"), small="claude-haiku-4-5")

    entry = LedgerEntry.objects.get(action="budget.changed")
    assert "2.00 → 1.50" in entry.content
    assert "claude-haiku-5-5 → claude-haiku-4-5" in entry.content


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"per_dream": -1}, "per_dream"),
        ({"per_dream": 6}, "per_dream"),
        ({"per_day": 51}, "per_day"),
        ({"per_month": 10**9}, "per_month"),
        ({"strong": "  "}, "strong"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(values, field):
    team = a_team()

    with pytest.raises(Invalid) as refusal:
        budgets.change(team, by=MAX, **values)

    assert refusal.value.facts["field"] == field
    assert not LedgerEntry.objects.filter(action="budget.changed").exists()


@pytest.mark.parametrize(
    "text",
    ["Plain words about rules. " * 50, '{"a": [1, 2, {"b": null}]}' * 50, "規則" * 200],
)
def test_more_tokens_are_reserved_for_than_letters_suggest(text):
    assert tokens(text) >= len(text) / 3.3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_promise_the_same_dollar():
    team = a_team()
    dreams = [an_asking_dream(a_store(team)) for _ in range(2)]
    budgets.change(team, by=MAX, per_dream=3, per_day=3, per_month=3)
    start = threading.Barrier(2)

    def reserve(dream):
        start.wait()
        for number in range(20):
            order = an_order(f"q-{number}", "0.4")
            completions.reserve(Payer(team, dream), [order], batch=False)
        connection.close()

    workers = [threading.Thread(target=reserve, args=[dream]) for dream in dreams]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Completion.objects.count() == 7
    assert sum(Completion.objects.values_list("reserved", flat=True)) == Decimal("2.8")
