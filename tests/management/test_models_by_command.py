"""`manage.py models`: what may be spent and what was, and whether a model answers."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from reviews.audit.models import LedgerEntry
from reviews.dreams.asking import budgets, prices
from tests.factories import a_team, a_user

pytestmark = pytest.mark.django_db


def models(*arguments):
    out, code = StringIO(), 0
    try:
        call_command("models", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


def test_it_says_how_things_stand_without_a_key():
    a_team()

    code, said = models()

    assert code == 0
    assert "No key for Anthropic's API is set" in said
    assert "Budget: $2.00 a dream, $5.00 a day, $50.00 a month." in said
    assert "Spent: $0.0000 today" in said


def test_it_sets_the_budget_and_a_price_in_somebody_s_name():
    team = a_team()
    a_user("max", team, "admin")

    models("--per-dream", "1", "--strong", "claude-opus-5", "--by", "max")
    models("--price", "claude-next", "--input", "1", "--output", "5")

    assert budgets.of(team).strong == "claude-opus-5"
    assert prices.of(team, "claude-next").output == 5
    by = LedgerEntry.objects.filter(action__in=["budget.changed", "price.changed"])
    assert set(by.values_list("actor", flat=True)) == {"person:max", "system:console"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--per-dream", "100"),
        ("--price", "claude-next", "--input", "1"),
        ("--input", "1"),
        ("--price", "claude-next", "--input", "NaN", "--output", "1"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments):
    a_team()

    code, _ = models(*arguments)

    assert code == 1
    assert not LedgerEntry.objects.filter(action="price.changed").exists()


def test_a_test_ends_with_an_honest_code(loopback, settings):
    a_team()
    loopback.messages.answer = lambda params: {"works": True}

    code, said = models("--test", "small", "--json")
    settings.ANTHROPIC_API_KEY = "sk-ant-wrong"
    refused, why = models("--test", "small")

    assert (code, refused) == (0, 1)
    assert json.loads(said)["test"]["model"] == "claude-haiku-5-5"
    assert loopback.key not in said
    assert "does not know this key" in why
