"""A dream dreamt again: over the same window, with the thresholds and the engine one chooses."""

import pytest

from reviews.audit import ledger
from reviews.dreams import dreams, endings, pipeline
from reviews.dreams.models import Dream
from reviews.errors import Invalid
from reviews.proposals.models import Proposal
from tests.dreams.counting import Counting
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA

pytestmark = pytest.mark.django_db


def dream_of(store, **options):
    return pipeline.run_inline(
        dreams.start(store, by=ADA, engine="counting", **options)
    )


def again(dream, **options):
    return pipeline.run_inline(dreams.again(dream, by=ADA, **options))


def test_it_reads_the_same_window_although_more_came_in_since():
    store = a_dreaming_store(runs=3)
    first = dream_of(store)
    import_runs(store.subscriptions.get().agent, a_failing_run(99))

    second = again(first)

    assert (second.window_start, second.watermark) == (
        first.window_start,
        first.watermark,
    )
    assert second.again_of == first
    assert second.counts["traces"] == second.counts["new"] == 3
    _, started = ledger.about(second)
    assert ledger.content_of(started)["facts"]["again_of"] == first.pk


def test_it_really_thinks_where_nothing_is_new():
    store = a_dreaming_store(runs=3)
    first = dream_of(store)

    second = again(first)

    assert second.counts["digests"] == 3
    assert second.findings.get().code == "waiting"
    assert Proposal.objects.count() == 1


def test_an_old_dream_dreamt_again_is_no_news_to_the_next():
    store = a_dreaming_store(runs=3)
    first = dream_of(store)
    import_runs(store.subscriptions.get().agent, a_failing_run(99))
    dream_of(store)

    again(first)

    assert dream_of(store).counts["new"] == 0


def test_another_engine_may_think_about_the_same_traces():
    first = dream_of(a_dreaming_store(runs=3))

    second = again(first, engine="offline")

    assert second.engine == "offline"
    assert second.counts["traces"] == 3
    assert second.settings["evaluator"].startswith("offline/")


def test_it_judges_by_the_thresholds_of_then_or_of_now(monkeypatch):
    first = dream_of(a_dreaming_store(runs=3))
    monkeypatch.setattr(Counting, "settings", lambda self: {"groups": 9, "new": 1})

    frozen = again(first, thresholds="frozen", dry=True)
    now = again(first, dry=True)

    assert frozen.settings["thresholds"] == {"groups": 2, "new": 1}
    assert now.settings["thresholds"] == {"groups": 9, "new": 1}
    assert now.findings.get().code == "too-few-groups"


def test_what_an_engine_is_made_of_is_told_as_it_is_now(monkeypatch):
    def made_of(prompt):
        return lambda self: {"groups": 2, "prompts": {"judge": prompt}}

    monkeypatch.setattr(Counting, "settings", made_of("old"))
    first = dream_of(a_dreaming_store(runs=3))
    monkeypatch.setattr(Counting, "settings", made_of("new"))

    second = again(first, thresholds="frozen")

    assert second.settings["thresholds"]["prompts"] == {"judge": "new"}


def test_one_engines_thresholds_say_nothing_to_another():
    first = dream_of(a_dreaming_store(runs=3))

    with pytest.raises(Invalid) as caught:
        dreams.again(first, by=ADA, engine="offline", thresholds="frozen")

    assert caught.value.facts["field"] == "thresholds"
    assert Dream.objects.count() == 1


def test_a_dream_that_has_not_ended_cannot_be_dreamt_again():
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")

    with pytest.raises(dreams.NotOver):
        dreams.again(dream, by=ADA)


def test_a_dream_that_failed_before_it_read_anything_is_retried_with_a_window_of_now():
    dream = dreams.start(a_dreaming_store(runs=3), by=ADA, engine="counting")
    endings.fail(dream, "No worker lived long enough.")

    second = again(dream)

    assert second.state == "completed"
    assert second.counts["traces"] == 3
    assert second.watermark is not None


def test_a_store_dreams_one_dream_at_a_time_whichever_it_is():
    store = a_dreaming_store()
    first = dream_of(store)
    dreams.again(first, by=ADA)

    with pytest.raises(dreams.AlreadyDreaming):
        dreams.again(first, by=ADA)
