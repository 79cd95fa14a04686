"""A dream in the browser: started with a key, watched without reloading, read."""

import pytest
from playwright.sync_api import expect

from reviews.dreams import dreams, pipeline
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream
from tests.dreams.factories import a_dreaming_store


@pytest.fixture(autouse=True)
def counting(monkeypatch):
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")
    monkeypatch.setitem(
        registry.ENGINES, registry.DEFAULT, registry.ENGINES["counting"]
    )
    monkeypatch.setattr(dreams, "SHARD_SIZE", 2)


def test_a_dream_is_started_watched_without_reloading_and_read(
    team, sign_in, complaints
):
    a_dreaming_store(runs=4, name="refunds", team=team)
    page = sign_in("ada")
    page.goto("/dreams/")
    page.keyboard.press("r")
    expect(page.get_by_text("Queued")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    dream = Dream.objects.get()
    first, second = pipeline.advance(dream.pk)
    pipeline.shards.evaluate(first)

    expect(page.get_by_text("2 of 4 traces", exact=True)).to_be_visible()
    pipeline.shards.evaluate(second)
    pipeline.advance(dream.pk)

    expect(page.get_by_text("Completed").first).to_be_visible()
    expect(page.get_by_text("fails: look at its arguments first.")).to_be_visible()
    expect(page.locator("#dream[hx-trigger]")).to_have_count(0)
    assert page.evaluate("window.notReloaded")
    assert complaints == []


def test_a_schedule_is_explained_while_it_is_typed(team, sign_in, complaints):
    a_dreaming_store(runs=1, name="refunds", team=team)
    page = sign_in("max")
    page.goto("/dreams/")
    page.get_by_text("Let it dream by itself").click()

    page.get_by_label("When").fill("30 6 * * 1-5")
    page.get_by_label("Time zone").fill("Europe/Vienna")

    expect(page.get_by_text("At 06:30 on Monday through Friday")).to_be_visible()
    page.get_by_label("When").fill("30 26 * * *")
    expect(page.get_by_text("The hour cannot be read.")).to_be_visible()
    page.get_by_label("When").fill("0 3 * * *")
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_text("At 03:00 every day, Europe/Vienna")).to_be_visible()
    assert complaints == []
