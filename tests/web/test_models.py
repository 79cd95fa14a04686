"""Settings, models: a key that is never shown, a budget, prices, and what was asked."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from reviews.audit.models import LedgerEntry
from reviews.dreams.asking import budgets, prices
from reviews.dreams.models import Budget, Completion, Dream, Price
from tests.factories import MAX, a_store
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

PAGE = "/settings/models/"
KEY = "sk-ant-api03-0123456789abcdefghijklmnop-WXYZ"
BUDGET = {
    "per_dream": "1.50",
    "per_day": "4",
    "per_month": "40",
    "small": "claude-haiku-4-5",
    "middle": "claude-sonnet-5-5",
    "strong": "claude-opus-5-5",
}


def asked_of(team, number=0, **fields):
    plain = {
        "purpose": "judge",
        "name": f"judge-{number}",
        "model": "claude-sonnet-5-5",
        "state": "answered",
        "cost": Decimal("0.0123"),
        "usage": {"input_tokens": 1_200, "output_tokens": 80},
        "request": {
            "system": [{"type": "text", "text": "You judge <patterns>."}],
            "messages": [{"role": "user", "content": "Is it one thing?"}],
        },
        "answer": {"content": [{"type": "text", "text": '{"verdict": "rule"}'}]},
    }
    return Completion.objects.create(team=team, **(plain | fields))


def a_dream_of(team, **fields):
    plain = {"by": "person:ada", "engine": "claude", "engine_version": "1"}
    return Dream.objects.create(
        store=a_store(team), state="completed", **(plain | fields)
    )


def test_without_a_key_the_page_says_what_to_do(as_max):
    page = as_max.get(PAGE).text

    assert "No key for Anthropic's API is set" in page.replace("&#x27;", "'")
    assert "anthropic-key" in page
    assert "Test the small model" not in page


def test_of_a_key_only_its_ending_and_its_place_are_shown(as_max, settings, tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    settings.ANTHROPIC_API_KEY_FILE = str(file)

    page = as_max.get(PAGE).text

    assert "ending in" in page
    assert "WXYZ" in page
    assert str(file) in page
    assert KEY not in page
    assert "0123456789" not in page


def test_a_key_file_that_cannot_be_read_is_named(as_max, settings, tmp_path):
    settings.ANTHROPIC_API_KEY_FILE = str(tmp_path / "gone")
    settings.ANTHROPIC_API_KEY_FILE_NAMED = True

    assert "gone should hold the key, and is missing." in as_max.get(PAGE).text


def test_what_somebody_put_into_the_address_is_not_shown(as_max, settings):
    settings.ANTHROPIC_API_KEY = KEY
    settings.ANTHROPIC_BASE_URL = "https://me:hush@gateway.example:8443/anthropic"

    page = as_max.get(PAGE).text

    assert "https://gateway.example:8443/anthropic" in page
    assert "hush" not in page


def test_an_admin_sets_the_budget(as_max, team):
    response = as_max.post(PAGE, BUDGET, follow=True)

    assert "The budget is saved." in response.text
    budget = Budget.objects.get(team=team)
    assert (budget.per_dream, budget.small) == (Decimal("1.50"), "claude-haiku-4-5")
    assert LedgerEntry.objects.get(action="budget.changed").actor == "person:max"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("per_dream", "9", "One dream cannot spend more than a whole day."),
        ("per_dream", "-1", "Between 0 and"),
        ("per_dream", "a lot", "Enter a number."),
        ("strong", "", "This field is required."),
    ],
)
def test_a_budget_that_cannot_be_is_refused_beside_its_field(
    as_max, field, value, said
):
    response = as_max.post(PAGE, BUDGET | {field: value})

    assert response.status_code == 422
    assert said in response.text
    assert not Budget.objects.filter(per_month=40).exists()


def test_a_test_says_model_time_and_cost(as_max, loopback):
    loopback.messages.answer = lambda params: {"works": True}

    page = htmx(as_max.post, "/settings/models/test/", {"tier": "small"}).text

    assert "claude-haiku-5-5 answers." in page
    assert re.search(r"It took \d+ ms and cost \$0\.0000\d\d", page)
    row = Completion.objects.get()
    assert (row.purpose, row.state) == ("test", "answered")
    assert LedgerEntry.objects.get(action="model.tried").actor == "person:max"


def test_a_test_works_without_script_too(as_max, loopback):
    loopback.messages.answer = lambda params: {"works": True}

    page = as_max.post("/settings/models/test/", {"tier": "strong"}).text

    assert "claude-opus-5-5 answers." in page
    assert "Budget" in page


def test_a_test_that_fails_says_why_in_words(as_max, team, loopback, settings):
    settings.ANTHROPIC_API_KEY = "sk-ant-" + "wrong-" * 6

    page = htmx(as_max.post, "/settings/models/test/", {"tier": "small"}).text

    assert "Anthropic does not know this key (401)." in page
    assert "wrong-" not in page
    settings.ANTHROPIC_API_KEY = ""
    page = htmx(as_max.post, "/settings/models/test/", {"tier": "small"}).text
    assert "No key for Anthropic" in page
    settings.ANTHROPIC_API_KEY = loopback.key
    budgets.change(team, by=MAX, small="claude-unheard-of")
    page = htmx(as_max.post, "/settings/models/test/", {"tier": "small"}).text
    assert "No price is known for claude-unheard-of" in page
    budgets.change(team, by=MAX, small="claude-haiku-5-5", per_dream=0)
    page = htmx(as_max.post, "/settings/models/test/", {"tier": "small"}).text
    assert "The budget of $0.00 a dream does not allow it." in page


def test_a_price_is_looked_at_changed_and_taken_back(as_max, team):
    url = "/settings/models/price/?model=claude-haiku-5-5"
    assert 'value="0.1"' in as_max.get(url).text

    typed = {"model": "claude-haiku-5-5", "input": "0.2", "output": "1"}
    as_max.post(url, typed)

    assert prices.of(team, "claude-haiku-5-5").cache_write_1h == Decimal("0.4")
    assert "typed in by person:max" in as_max.get(PAGE).text
    assert "Take this team's price back" in as_max.get(url).text
    as_max.post("/settings/models/price/remove/", {"model": "claude-haiku-5-5"})
    assert prices.of(team, "claude-haiku-5-5").input == Decimal("0.10")
    assert not Price.objects.exists()


def test_a_price_that_cannot_be_is_refused(as_max):
    typed = {"model": "claude-next", "input": "1", "output": "2", "long_from": "5"}

    response = as_max.post("/settings/models/price/", typed)

    assert response.status_code == 422
    assert "Prices of long prompts come together" in response.text


def test_what_dreams_cost_is_told_with_what_was_accepted(as_max, team):
    dream = a_dream_of(team, cost=0.75)
    asked_of(team, dream=dream)

    page = as_max.get(PAGE).text

    assert f"Dream {dream.pk}" in page
    assert "$0.7500" in page
    assert "none yet" in page


def test_a_lead_reads_what_was_asked_word_for_word(as_lin, team):
    row = asked_of(team, dream=a_dream_of(team), request_id="req_7")

    page = as_lin.get(f"/settings/models/asked/{row.pk}/").text

    assert "You judge &lt;patterns&gt;." in page
    assert "Is it one thing?" in page
    assert "&quot;verdict&quot;: &quot;rule&quot;" in page
    assert "$0.012300" in page
    assert "req_7" in page
    assert reverse("web:completions") in as_lin.get("/settings/appearance/").text


def test_an_operator_does_not(as_ada, team):
    row = asked_of(team)

    assert as_ada.get(f"/settings/models/asked/{row.pk}/").status_code == 403
    assert as_ada.get("/settings/models/asked/").status_code == 403
    assert as_ada.get(PAGE).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "sent", "answer": None, "usage": {}, "reserved": 1},
        {"state": "failed", "answer": None, "problem": "Overloaded.", "request": {}},
        {"answer": {"content": []}, "problem": "The model refused to answer."},
        {"answer": {"content": [{"type": "text", "text": "not json"}]}},
        {"answer": {"content": [{"type": "text", "text": "[" * 100_000}]}},
        {"answer": {"content": [{"type": "text", "text": None}]}},
        {"answer": {"content": 5}},
    ],
)
def test_a_question_without_a_good_answer_is_shown_too(as_max, team, fields):
    row = asked_of(team, **fields)

    assert as_max.get(f"/settings/models/asked/{row.pk}/").status_code == 200
    assert as_max.get(PAGE).status_code == 200


def test_the_list_goes_on_from_page_to_page(as_max, team):
    for number in range(60):
        asked_of(team, number)

    first = as_max.get("/settings/models/asked/").text
    oldest = re.search(r"after=(\d+)", first)[1]
    second = htmx(as_max.get, f"/settings/models/asked/?after={oldest}").text

    assert first.count("data-row>") == 50
    assert second.count("data-row>") == 10
    assert "<html" not in second


def test_lists_cost_as_many_queries_for_ten_rows_as_for_two(flat_queries, team):
    def add():
        asked_of(team, dream=a_dream_of(team, cost=0.1))

    flat_queries("/settings/models/asked/", add_row=add)
    flat_queries(PAGE, add_row=add)
