"""A dream in the browser: started, watched, read, compared, canceled and discarded."""

import pytest
from playwright.sync_api import expect

from reviews.dreams import dreams, pipeline
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream
from reviews.traces.models import Trace
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA
from tests.journeys import soundness


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


def test_a_dry_run_is_started_read_and_dreamt_for_real_by_keyboard(
    team, sign_in, complaints
):
    store = a_dreaming_store(runs=4, name="refunds", team=team)
    page = sign_in("ada")
    page.goto("/dreams/")
    page.keyboard.press("s")
    dialog = page.locator("#dialog")
    expect(dialog.get_by_text("Costs nothing.").first).to_be_visible()
    assert soundness.problems(page, "#dialog") == []
    dialog.get_by_label("Dry run").press("Space")
    dialog.get_by_label("Dry run").press("Control+Enter")
    expect(page.get_by_text("Queued")).to_be_visible()
    dry = pipeline.run_inline(Dream.objects.get())

    expect(page.get_by_text("A dry run: nothing was proposed.")).to_be_visible()
    expect(page.locator(".diff")).to_be_visible()
    assert soundness.problems(page) == []
    assert not store.proposals.exists()
    page.keyboard.press("r")
    expect(dialog.get_by_text("Dream for real")).to_be_visible()
    dialog.get_by_role("button", name="Start").press("Enter")
    expect(page.get_by_text("Queued")).to_be_visible()
    expect(page.get_by_role("link", name=f"dream {dry.pk}")).to_be_visible()
    pipeline.run_inline(Dream.objects.latest("pk"))

    expect(page.get_by_text("1 open")).to_be_visible()
    assert complaints == []


def test_two_dreams_are_picked_and_compared(team, sign_in, complaints):
    store = a_dreaming_store(runs=4, name="refunds", team=team)
    first = pipeline.run_inline(dreams.start(store, by=ADA, dry=True))
    pipeline.run_inline(dreams.start(store, by=ADA))
    third = pipeline.run_inline(dreams.again(first, by=ADA))
    page = sign_in("ada")
    page.goto("/dreams/")

    page.get_by_label(f"Compare dream {first.pk} as A").check()
    page.get_by_label(f"Compare dream {third.pk} as B").check()
    page.keyboard.press("c")

    title = f"Dream {first.pk} and dream {third.pk} of refunds"
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    moved = "Would be proposed → Not proposed: waiting for a decision already"
    expect(page.get_by_text(moved)).to_be_visible()
    assert soundness.problems(page) == []
    assert complaints == []


def test_what_is_undecided_is_discarded_without_script_too(team, sign_in):
    store = a_dreaming_store(runs=4, name="refunds", team=team)
    dream = pipeline.run_inline(dreams.start(store, by=ADA))
    page = sign_in("ada", java_script_enabled=False)
    page.goto(f"/dreams/{dream.pk}/")

    page.get_by_role("link", name="Discard 1 undecided").click()
    page.get_by_label("Reason").fill("The log was broken.")
    page.get_by_role("button", name="Discard 1").click()

    expect(page.get_by_text("1 proposal was discarded.")).to_be_visible()
    expect(page.get_by_text("1 discarded or taken back")).to_be_visible()
    assert store.proposals.get().state == "withdrawn"


def test_a_dream_is_canceled_in_a_dialog_while_it_is_watched(team, sign_in, complaints):
    store = a_dreaming_store(runs=4, name="refunds", team=team)
    dream = dreams.start(store, by=ADA)
    page = sign_in("ada")
    page.goto(f"/dreams/{dream.pk}/")

    page.get_by_role("link", name="Cancel").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("is discarded").check()
    dialog.get_by_label("Reason").fill("Wrong store.")
    # The page behind it is asked for again meanwhile, and takes nothing away.
    page.wait_for_timeout(2_500)
    expect(dialog.get_by_label("is discarded")).to_be_checked()
    assert soundness.problems(page, "#dialog") == []
    dialog.get_by_role("button", name="Cancel the dream").click()

    expect(page.get_by_text("Wrong store.")).to_be_visible()
    assert complaints == []


def test_findings_are_searched_while_one_types(team, sign_in, complaints):
    store = a_dreaming_store(runs=4, name="refunds", team=team)
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "ship") for number in range(3)])
    dream = pipeline.run_inline(dreams.start(store, by=ADA))
    page = sign_in("ada")
    page.goto(f"/dreams/{dream.pk}/")

    page.keyboard.press("/")
    page.keyboard.type("ship")

    expect(page.get_by_text("refund fails")).to_have_count(0)
    expect(page.get_by_text("ship fails")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Text")).to_be_focused()
    expect(page).to_have_url(f"/dreams/{dream.pk}/?q=ship")
    assert complaints == []


def test_a_run_that_is_called_by_one_long_word_fits_a_telephone(team, sign_in):
    store = a_dreaming_store(runs=1, name="refunds", team=team)
    dream = dreams.start(store, by=ADA)
    pipeline.run_inline(dream)
    Trace.objects.update(title="KEY=" + "X" * 150)
    page = sign_in("ada", viewport={"width": 320, "height": 640})

    page.goto(f"/dreams/{dream.pk}/traces/")

    expect(page.get_by_text("KEY=")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
