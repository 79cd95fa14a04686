"""Scenario 14: a dream is started, watched and ends; or nobody works on it, or it is canceled.

Nobody works on it here because its lease ran out; tests/journeys/test_killed_workers.py
kills real workers and sees the dream through.
"""

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
    page.clock.install()
    page.goto("/dreams/")
    page.keyboard.press("r")
    expect(page.get_by_text("Queued").first).to_be_visible()
    page.evaluate("window.notReloaded = true")
    dream = newest()
    assert (dream.engine, dream.state) == ("offline", "pending")

    parts = pipeline.advance(dream.pk)
    shards.evaluate(parts[0])
    expect(page.get_by_text("8 of 16 traces", exact=True)).to_be_visible()
    expect(page.get_by_text("cost $0.00")).to_be_visible()
    # This engine costs nothing, so some is put on its bill.
    Dream.objects.filter(pk=dream.pk).update(cost="0.42")
    expect(page.get_by_text("cost $0.42")).to_be_visible()
    for part in parts[1:]:
        shards.evaluate(part)
    pipeline.advance(dream.pk)

    expect(page.get_by_text("Completed").first).to_be_visible()
    asked = []
    page.on(
        "request", lambda one: asked.append(one.url) if "/dreams/" in one.url else None
    )
    page.clock.fast_forward(10_000)
    expect(page.locator("#dream[hx-trigger]")).to_have_count(0)
    assert asked == []
    dream.refresh_from_db()
    assert dream.counts["evaluated"] == 16
    assert not dream.findings.filter(proposal__isnull=False).exists()
    assert dream.notes
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
    page.get_by_role("link", name="Cancel").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the dream").click()

    expect(page.get_by_text("It was canceled.")).to_be_visible()
    expect(page.locator("#dream[hx-trigger]")).to_have_count(0)
