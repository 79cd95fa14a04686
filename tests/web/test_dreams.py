"""The pages of dreams: started, watched, canceled, scheduled."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.dreams import dreams, pipeline, schedules
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, HostedDream, Schedule
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, MAX, a_store
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counting(monkeypatch):
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")


@pytest.fixture
def store(team):
    return a_dreaming_store(runs=3, name="refunds", team=team)


@pytest.fixture
def dream(store):
    return dreams.start(store, by=ADA, engine="counting")


@pytest.fixture
def dreamt(dream):
    return pipeline.run_inline(dream)


def page(client, dream, **options):
    return client.get(f"/dreams/{dream.pk}/", **options).content.decode()


def test_a_person_starts_a_dream_and_lands_on_its_page(as_ada, store):
    answer = as_ada.post("/dreams/start/", {"store": "refunds"})

    dream = Dream.objects.get()
    assert answer.url == f"/dreams/{dream.pk}/"
    assert dream.by == "person:ada"
    assert "Queued" in page(as_ada, dream)


def test_a_second_start_is_refused_and_names_who_is_first(as_bob, dream):
    answer = as_bob.post("/dreams/start/", {"store": "refunds"})

    assert answer.status_code == 409
    assert "by ada" in answer.content.decode()
    assert Dream.objects.count() == 1


def test_the_page_shows_stages_findings_and_why(as_ada, dreamt):
    shown = page(as_ada, dreamt)

    finding = dreamt.findings.get()
    assert f'href="/proposals/{finding.proposal_id}/"' in shown
    assert "<code>refund</code> fails: look at its arguments first." in shown
    assert "Read 3 traces, 3 of them new." in shown
    assert shown.count('data-state="done"') == 6


def test_what_was_refused_is_grouped_by_its_reason(as_ada, store, dreamt):
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "cancel") for number in range(2)])
    pipeline.run_inline(dreams.start(store, by=ADA, engine="counting"))
    dream = pipeline.run_inline(dreams.again(dreamt, by=ADA, thresholds="frozen"))

    shown = page(as_ada, dream)

    assert "<b>1</b> waiting for a decision already" in shown
    assert "waits already, and nothing new supports it." in shown


def test_what_was_seen_too_seldom_says_how_far_it_is(as_ada, store):
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(1, tool) for tool in ("cancel", "book")])
    dreamt = pipeline.run_inline(dreams.start(store, by=ADA, engine="counting"))

    shown = page(as_ada, dreamt)

    assert "Growing, not yet enough" in shown
    assert shown.count('<progress value="1" max="2" aria-label="1 of 2 groups">') == 2
    assert "seen in too few independent groups" not in shown.split("Growing")[1]


def test_a_dream_without_proposals_says_why(as_ada, store, dreamt):
    again = pipeline.run_inline(dreams.start(store, by=ADA, engine="counting"))

    assert "No trace is new since the last dream" in page(as_ada, again)


def test_a_running_dream_is_polled_until_it_is_over(as_ada, dream):
    first = htmx(as_ada.get, f"/dreams/{dream.pk}/")
    pipeline.run_inline(dream)
    last = htmx(as_ada.get, f"/dreams/{dream.pk}/")

    assert (first.status_code, last.status_code) == (200, 286)
    assert 'hx-trigger="every 2s"' in first.content.decode()
    assert "every 2s" not in last.content.decode()
    assert "Completed" in last.content.decode()


def test_progress_counts_the_traces_that_are_evaluated(as_ada, store, monkeypatch):
    monkeypatch.setattr(dreams, "SHARD_SIZE", 2)
    dream = dreams.start(store, by=ADA, engine="counting")
    first, _ = pipeline.advance(dream.pk)
    pipeline.shards.evaluate(first)

    shown = page(as_ada, dream)

    assert '<progress value="2" max="3"' in shown
    assert "2 of 3 traces" in shown


def test_a_dream_that_nobody_works_on_says_that_no_worker_is_running(as_ada, dream):
    assert "No worker is running" not in page(as_ada, dream)
    long_ago = dream.created_at.replace(year=2025)
    Dream.objects.update(created_at=long_ago)

    assert "No worker is running" in page(as_ada, dream)


def test_a_dream_that_waits_says_for_what_since_when_and_until_when(as_ada, dream):
    now = timezone.now()
    stages = {
        "draft": {
            "started": now.isoformat(),
            "waiting": "Anthropic's dream drm_1 is running",
            "awaited_since": (now - timedelta(hours=2)).isoformat(),
            "given_up": (now + timedelta(hours=22)).isoformat(),
        }
    }
    Dream.objects.update(
        state="running", stage="draft", stages=stages, wakes_at=now + timedelta(hours=1)
    )

    shown = page(as_ada, dream)

    said = shown.split("It waits for somebody else")[1].split("Nothing need be kept")[0]
    assert "Anthropic&#x27;s dream drm_1 is running." in said
    assert "Begun" in said
    assert "looked at again" in said
    assert "given up" in said
    assert f'datetime="{stages["draft"]["given_up"][:16]}' in said


def test_what_a_hosted_dream_costs_is_unknown_and_not_nothing(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="hosted", here=True)
    row = HostedDream.objects.create(dream=dream, asked_at=timezone.now())
    assert "cost unknown until it ends" in " ".join(page(as_ada, dream).split())

    pipeline.endings.cancel(dream, by=ADA)

    shown = " ".join(page(as_ada, dream).split())
    assert "cost unknown </span>" in shown
    assert "No model was asked" not in shown
    row.asked_at = None
    row.save()
    assert "No model was asked" in page(as_ada, dream)


def test_a_dream_is_canceled_with_a_reason(as_ada, dream):
    as_ada.post(f"/dreams/{dream.pk}/cancel/", {"reason": "Wrong store."})

    dream.refresh_from_db()
    assert (dream.state, dream.error) == ("canceled", "Wrong store.")
    assert "Wrong store." in page(as_ada, dream)


def test_a_failed_dream_shows_its_sentence(as_ada, dream):
    pipeline.endings.fail(dream, "The engine was updated.")

    assert "The engine was updated." in page(as_ada, dream)


def test_a_viewer_reads_and_has_no_verbs(as_vera, dream):
    listed = as_vera.get("/dreams/").content.decode()

    assert "Run now" not in listed
    assert 'data-dialog="cancel"' not in page(as_vera, dream)
    assert as_vera.post("/dreams/start/", {"store": "refunds"}).status_code == 403
    assert as_vera.post(f"/dreams/{dream.pk}/cancel/").status_code == 403


def test_another_team_sees_nothing_of_it(as_eve, dream):
    for url in (f"/dreams/{dream.pk}/", "/dreams/schedule/refunds/preview/"):
        assert as_eve.get(url).status_code == 404
    for url in (f"/dreams/{dream.pk}/cancel/", "/dreams/schedule/refunds/"):
        assert as_eve.post(url).status_code == 404
    assert as_eve.post("/dreams/start/", {"store": "refunds"}).status_code == 404
    assert "refunds" not in as_eve.get("/dreams/").content.decode()


def test_the_list_shows_dreams_of_one_store_or_of_all(as_ada, dreamt, team):
    a_store(team, "other")

    assert f"Dream {dreamt.pk}" in as_ada.get("/dreams/").content.decode()
    others = as_ada.get("/dreams/?store=other").content.decode()
    assert f"Dream {dreamt.pk}" not in others


def test_the_list_asks_as_many_queries_for_many_dreams_as_for_few(flat_queries, store):
    def a_dream():
        return pipeline.run_inline(dreams.start(store, by=ADA, engine="counting"))

    flat_queries("/dreams/", add_row=a_dream)


def test_the_list_asks_as_many_queries_for_many_stores_as_for_few(flat_queries, team):
    def a_scheduled_store():
        schedules.keep(a_store(team), "0 3 * * *", by=MAX)

    flat_queries("/dreams/", add_row=a_scheduled_store)


def test_an_admin_lets_a_store_dream_by_itself(as_max, store):
    as_max.post(
        "/dreams/schedule/refunds/",
        {"cron": "0 3 * * 1-5", "timezone": "Europe/Vienna", "enabled": "on"},
    )

    schedule = Schedule.objects.get(store=store)
    assert (schedule.cron, schedule.enabled) == ("0 3 * * 1-5", True)
    listed = as_max.get("/dreams/").content.decode()
    assert "At 03:00 on Monday through Friday, Europe/Vienna" in listed


def test_an_admin_is_warned_where_the_engine_of_a_schedule_cannot_ask(as_max, store):
    answer = as_max.post(
        "/dreams/schedule/refunds/",
        {"cron": "0 3 * * *", "timezone": "UTC", "enabled": "on", "engine": "hosted"},
        follow=True,
    )

    # Once it is told, and from then on it stands beside the schedule.
    shown = answer.content.decode()
    said = "refunds is linked to no store at Anthropic. Until then its dreams fail"
    assert (shown.count(said), Schedule.objects.count()) == (2, 1)
    assert as_max.get("/dreams/").content.decode().count(said) == 1


def test_a_schedule_that_cannot_be_read_comes_back_with_what_was_typed(as_max, store):
    answer = as_max.post(
        "/dreams/schedule/refunds/",
        {"cron": "0 25 * * *", "timezone": "UTC", "enabled": "on"},
    )

    assert answer.status_code == 422
    assert answer.content.decode().count("The hour cannot be read.") == 1
    assert 'value="0 25 * * *"' in answer.content.decode()
    assert not Schedule.objects.exists()


def test_a_schedule_is_previewed_while_it_is_typed(as_max, store):
    url = reverse("web:schedule-preview", args=["refunds"])

    good = htmx(as_max.get, url, {"cron": "30 6 * * *", "timezone": "Europe/Vienna"})
    bad = htmx(as_max.get, url, {"cron": "30 6 * *", "timezone": "Europe/Vienna"})

    assert "At 06:30 every day" in good.content.decode()
    assert good.content.decode().count("<li>") == 3
    assert "five fields" in bad.content.decode()


def test_only_an_admin_sets_a_schedule(as_ada, store):
    answer = as_ada.post("/dreams/schedule/refunds/", {"cron": "0 3 * * *"})

    assert answer.status_code == 403
    assert "Save the schedule" not in as_ada.get("/dreams/").content.decode()
