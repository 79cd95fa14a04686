"""Scenario 14: a dream is started, watched and ends; or nobody works on it, or it is canceled."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reviews.dreams import dreams, pipeline, shards
from reviews.dreams.models import Dream
from tests.journeys.scenarios.seed import LENA

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch):
    monkeypatch.setattr(dreams, "SHARD_SIZE", 8)


def newest():
    return Dream.objects.order_by("pk").last()


def test_14_a_dream_is_watched_to_its_end_without_reloading(seed, desk_of, complaints):
    page = desk_of("olga")
    page.goto("/dreams/")
    page.keyboard.press("r")
    expect(page.get_by_text("Queued").first).to_be_visible()
    page.evaluate("window.notReloaded = true")
    dream = newest()
    assert (dream.engine, dream.state) == ("offline", "pending")

    parts = pipeline.advance(dream.pk)
    shards.evaluate(parts[0])
    expect(page.get_by_text("8 of 16 traces", exact=True)).to_be_visible()
    for part in parts[1:]:
        shards.evaluate(part)
    pipeline.advance(dream.pk)

    expect(page.get_by_text("Completed").first).to_be_visible()
    # It asks no more: the element that polls is gone.
    expect(page.locator("#dream[hx-trigger]")).to_have_count(0)
    dream.refresh_from_db()
    for note in dream.notes:
        expect(page.locator("#main")).to_contain_text(note)
    assert page.evaluate("window.notReloaded")
    assert complaints == []


def test_14_a_dream_that_nobody_works_on_says_so_and_can_be_canceled(seed, desk_of):
    dream = dreams.start(seed.store, by=LENA)
    pipeline.advance(dream.pk)
    # Its worker is killed: nobody renews the lease.
    long_ago = timezone.now() - timedelta(minutes=2)
    Dream.objects.filter(pk=dream.pk).update(leased_until=long_ago)
    page = desk_of("olga")

    page.goto(f"/dreams/{dream.pk}/")
    expect(page.get_by_text("No worker is running.")).to_be_visible()
    page.get_by_role("button", name="Cancel").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the dream").click()

    expect(page.get_by_text("It was canceled.")).to_be_visible()
    expect(page.locator("#dream[hx-trigger]")).to_have_count(0)
