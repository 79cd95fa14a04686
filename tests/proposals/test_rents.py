"""What a rule costs every run that reads it."""

from decimal import Decimal

from reviews.proposals.rents import DAYS, Rent


def a_rent(**fields):
    known = {"tokens": 40, "runs": 100 * DAYS, "told": True, "budget": 20_000,
             "model": "m", "price": Decimal(2)}  # fmt: skip
    return Rent(**known | fields)


def test_it_is_tokens_by_runs_by_price():
    rent = a_rent()

    assert rent.runs_a_day == 100
    assert rent.tokens_a_day == 4_000
    assert rent.dollars_a_month == Decimal("0.24")
    assert rent.share == 0.2


def test_what_shortens_memory_pays_back():
    assert a_rent(tokens=-40).dollars_a_month == Decimal("-0.24")


def test_without_a_price_there_is_no_amount():
    assert a_rent(price=None).dollars_a_month is None
