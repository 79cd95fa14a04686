"""What tokens cost: by the shipped list, by a team's own figures, never rounded down."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.audit.models import LedgerEntry
from reviews.dreams.asking import prices, rates
from reviews.dreams.models import Price
from reviews.errors import Invalid
from tests.factories import MAX, a_team

SONNET = prices.defaults()["claude-sonnet-5-5"]
HAIKU = prices.defaults()["claude-haiku-5-5"]
MILLION = 1_000_000


def test_the_shipped_list_is_dated_and_says_where_it_is_from():
    for rate in prices.defaults().values():
        assert rate.since == date(2026, 11, 22)
        assert rate.source
        assert rate.input < rate.output
        assert rate.cache_read < rate.input < rate.cache_write_5m < rate.cache_write_1h


def test_each_line_of_the_bill_has_its_price():
    usage = {
        "input_tokens": MILLION,
        "output_tokens": MILLION,
        "cache_creation_input_tokens": 2 * MILLION,
        "cache_creation": {
            "ephemeral_5m_input_tokens": MILLION,
            "ephemeral_1h_input_tokens": MILLION,
        },
        "cache_read_input_tokens": MILLION,
        "output_tokens_details": {"thinking_tokens": 500_000},
        "service_tier": "standard",
        "server_tool_use": None,
    }

    cost = rates.cost(SONNET, usage, batch=False)

    assert cost == Decimal(2 + 10) + Decimal("2.5") + 4 + Decimal("0.2")
    assert rates.cost(SONNET, usage, batch=True) == cost / 2


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"input_tokens": None, "output_tokens": None, "cache_creation": None},
        {"cache_creation": {"ephemeral_1h_input_tokens": None}},
        {"input_tokens": "many", "output_tokens": -3},
    ],
)
def test_a_line_that_is_missing_costs_nothing(usage):
    assert rates.cost(SONNET, usage, batch=False) == 0


def test_what_was_cached_for_an_unknown_time_is_taken_for_the_dearer_one():
    usage = {"cache_creation_input_tokens": MILLION, "cache_creation": None}

    assert rates.cost(SONNET, usage, batch=False) == 4


def test_a_long_prompt_makes_every_token_of_it_dearer():
    short = {"input_tokens": 100_000, "output_tokens": 1_000}
    # What was read from a cache belongs to the prompt.
    long = short | {"cache_read_input_tokens": 1}

    assert rates.cost(HAIKU, short, batch=False) == Decimal("0.0105")
    assert rates.cost(HAIKU, long, batch=False) == Decimal("0.052501")


@given(
    cached=st.integers(0, 50_000),
    prompt=st.integers(0, 200_000),
    out=st.integers(0, 4_000),
    written=st.booleans(),
    batch=st.booleans(),
    rate=st.sampled_from(sorted(prices.defaults().values(), key=lambda r: r.model)),
)
def test_no_answer_costs_more_than_was_reserved_for_it(
    cached, prompt, out, written, batch, rate
):
    kind = "cache_creation_input_tokens" if written else "cache_read_input_tokens"
    usage = {"input_tokens": prompt, kind: cached, "output_tokens": out}

    ceiling = rates.ceiling(rate, cached=cached, prompt=prompt, most=4_000, batch=batch)

    assert rates.cost(rate, usage, batch=batch) <= ceiling


@pytest.mark.django_db
def test_a_teams_own_price_holds_from_today_on_and_for_nobody_else():
    team, other = a_team(), a_team()

    prices.change(
        team, "claude-sonnet-5-5", by=MAX, input=Decimal(3), output=Decimal(12)
    )

    own = prices.of(team, "claude-sonnet-5-5")
    assert (own.input, own.output, own.cache_write_1h) == (3, 12, 6)
    assert own.source == "typed in by person:max"
    assert not own.shipped
    assert prices.of(other, "claude-sonnet-5-5") == SONNET
    assert prices.of(team, "claude-sonnet-5-5", on=date(2026, 1, 1)) == SONNET
    entry = LedgerEntry.objects.get(action="price.changed")
    assert '"model":"claude-sonnet-5-5"' in entry.content


@pytest.mark.django_db
def test_a_price_for_a_new_model_makes_it_known_and_taking_it_back_unknown():
    team = a_team()
    with pytest.raises(prices.NoPrice):
        prices.of(team, "claude-next")
    prices.change(team, "claude-next", by=MAX, input=Decimal(1), output=Decimal(2))

    assert "claude-next" in [rate.model for rate in prices.table(team)]
    prices.remove(team, "claude-next", by=MAX)

    with pytest.raises(prices.NoPrice):
        prices.of(team, "claude-next")
    assert not Price.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ({"input": None, "output": 1}, "input"),
        ({"input": -1, "output": 1}, "input"),
        ({"input": 1, "output": 10**9}, "output"),
        ({"input": 1, "output": 1, "batch_share": 2}, "batch_share"),
        ({"input": 1, "output": 1, "long_from": 5}, "long_from"),
        ({"input": Decimal("NaN"), "output": 1}, "input"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(figures, field):
    with pytest.raises(Invalid) as refusal:
        prices.change(a_team(), "claude-next", by=MAX, **figures)

    assert refusal.value.facts["field"] == field
