"""When a store dreams by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from reviews.audit import ledger
from reviews.dreams import dreams, schedules
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, Schedule
from tests.factories import ADA, a_store


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 3 * * *", "At 03:00 every day"),
        ("0 3 * * 1-5", "At 03:00 on Monday through Friday"),
        ("*/15 * * * *", "Every 15th minute of every hour"),
        ("  30   9 1 * *", "At 09:30 on the first day of every month"),
    ],
)
def test_a_schedule_is_explained_in_words(cron, words):
    assert schedules.explain(cron) == words


@pytest.mark.parametrize(
    ("cron", "complaint"),
    [
        ("", "five fields"),
        ("@daily", "five fields"),
        ("0 3 * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("0 25 * * *", "The hour cannot be read."),
        ("0 3 31 2 *", "The day of month cannot be read."),
        ("0 3 * * someday", "The day of week cannot be read."),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_in_words(cron, complaint):
    with pytest.raises(schedules.BadSchedule, match=complaint) as caught:
        schedules.explain(cron)

    assert caught.value.facts["field"] == "cron"


def test_a_time_zone_that_nobody_knows_is_refused():
    with pytest.raises(schedules.BadSchedule, match="Mars/Olympus") as caught:
        schedules.next_runs("0 3 * * *", "Mars/Olympus")

    assert caught.value.facts["field"] == "timezone"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "/etc/localtime"])
def test_a_time_zone_cannot_name_a_file(name):
    with pytest.raises(schedules.BadSchedule):
        schedules.next_runs("0 3 * * *", name)


def test_the_next_runs_are_in_the_schedules_own_time():
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)

    runs = schedules.next_runs("0 3 * * *", "Europe/Vienna", after=noon)

    assert [run.isoformat() for run in runs] == [
        "2026-11-27T03:00:00+01:00",
        "2026-11-28T03:00:00+01:00",
        "2026-11-29T03:00:00+01:00",
    ]


def test_an_hour_that_the_clock_skips_is_made_up_for():
    evening = datetime(2026, 3, 28, 20, tzinfo=UTC)

    (run,) = schedules.next_runs("30 1 * * *", "Europe/London", count=1, after=evening)

    assert run.astimezone(UTC) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.fixture
def due(db):
    schedule = schedules.keep(a_store(), "0 3 * * *", by=ADA, zone="Europe/Vienna")
    three_hours_ago = timezone.now() - timedelta(hours=3)
    Schedule.objects.filter(pk=schedule.pk).update(next_at=three_hours_ago)
    return Schedule.objects.get(pk=schedule.pk)


def test_setting_a_schedule_is_recorded_with_whoever_set_it(due):
    entry = ledger.about(due.store).first()

    assert (entry.action, entry.actor) == ("schedule.changed", "person:ada")
    assert ledger.content_of(entry)["facts"]["cron"] == "0 3 * * *"


def test_a_due_schedule_starts_one_dream_and_a_backlog_no_more_than_that(due):
    (dream,) = schedules.start_due()

    assert (dream.by, dream.trigger) == ("system:schedule", "schedule")
    assert dream.due_at == due.next_at
    due.refresh_from_db()
    assert due.next_at > timezone.now()
    assert schedules.start_due() == []


def test_a_store_that_dreams_already_is_left_to_it_until_the_next_time(due):
    dreams.start(due.store, by=ADA)

    assert schedules.start_due() == []

    due.refresh_from_db()
    assert due.next_at > timezone.now()
    assert Dream.objects.count() == 1


def test_a_due_dream_thinks_with_the_engine_of_its_schedule(due):
    Schedule.objects.update(engine="counting")

    (dream,) = schedules.start_due()

    assert dream.engine == "counting"


def test_an_engine_that_is_gone_keeps_no_other_store_from_dreaming(due):
    Schedule.objects.update(engine="oracle")
    other = schedules.keep(a_store(), "0 3 * * *", by=ADA)
    Schedule.objects.filter(pk=other.pk).update(
        next_at=timezone.now() - timedelta(hours=1)
    )

    (dream,) = schedules.start_due()

    assert dream.store == other.store
    due.refresh_from_db()
    assert due.next_at > timezone.now()


def test_a_schedule_with_an_engine_that_nobody_knows_is_refused(db):
    with pytest.raises(registry.UnknownEngine) as caught:
        schedules.keep(a_store(), "0 3 * * *", by=ADA, engine="oracle")

    assert caught.value.facts["field"] == "engine"
    assert not Schedule.objects.exists()


def test_a_schedule_whose_engine_has_no_key_is_kept_and_says_what_comes_of_that(db):
    claude = schedules.keep(a_store(), "0 3 * * *", by=ADA, engine="claude")
    hosted = schedules.keep(a_store(), "0 3 * * *", by=ADA, engine="hosted")
    offline = schedules.keep(a_store(), "0 3 * * *", by=ADA)
    paused = schedules.keep(
        a_store(), "0 3 * * *", by=ADA, engine="claude", enabled=False
    )

    assert schedules.warning(claude).startswith("No key for Anthropic's API is set")
    assert schedules.warning(claude).endswith(
        "Until then its dreams are the offline engine's alone, and each says so."
    )
    assert "is linked to no store at Anthropic. Until then" in schedules.warning(hosted)
    assert schedules.warning(offline) == schedules.warning(paused) == ""


def test_with_a_key_there_is_nothing_to_warn_of(db, settings):
    settings.ANTHROPIC_API_KEY = "sk-ant-nothing-of-the-kind"
    schedule = schedules.keep(a_store(), "0 3 * * *", by=ADA, engine="claude")

    assert schedules.warning(schedule) == ""


def test_a_paused_schedule_starts_nothing(due):
    Schedule.objects.update(enabled=False)

    assert schedules.start_due() == []


def test_one_due_time_makes_one_dream_even_if_the_clock_is_set_back(due):
    (dream,) = schedules.start_due()
    Dream.objects.filter(pk=dream.pk).update(state="completed")
    Schedule.objects.filter(pk=due.pk).update(next_at=due.next_at)

    assert schedules.start_due() == []
    assert Dream.objects.count() == 1


def test_every_preset_can_be_kept():
    for cron in schedules.PRESETS:
        assert schedules.next_runs(cron, "UTC", count=3)
