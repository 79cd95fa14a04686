"""Episodes: every trace gets one, with its dream or without, and it is never of another state."""

from datetime import timedelta

import msgspec
import pytest
from django.utils import timezone

from reviews.dreams import dreams, episodes, pipeline, tasks
from reviews.dreams.mining.subjects import mark
from reviews.dreams.models import Episode
from reviews.proposals import decisions
from reviews.traces import erasure, intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, SETUP, a_proposal, an_agent

pytestmark = pytest.mark.django_db


def dreamt(store):
    dream = pipeline.run_inline(dreams.start(store, by=ADA, here=True))
    assert dream.state == "completed", dream.error
    return dream


def test_a_dream_tells_every_trace_that_it_reads():
    store = a_dreaming_store(runs=3)
    dreamt(store)

    told = Episode.objects.order_by("trace__external_id")
    assert len(told) == 3
    assert told[0].summary.startswith("person-0 asked: “Please do refund number 0.”")
    assert told[0].scores["tool_error"] == 0.5
    assert told[0].grounds["tool_error"] == {"part": 1, "of": 2, "steps": [2]}
    assert "tool_error" in told[0].shows
    assert told[0].reflection[0]["step"] == 2
    assert told[0].reflected_by == told[0].evaluator


def test_traces_that_no_dream_reads_are_told_by_the_tick_once(monkeypatch):
    monkeypatch.setattr(episodes, "MOST", 3)
    agent = an_agent()
    import_runs(agent, *[a_failing_run(number) for number in range(5)])

    tasks.tell()
    newest = Trace.objects.order_by("-pk")[:3]
    assert set(Episode.objects.values_list("trace", flat=True)) == {
        trace.pk for trace in newest
    }
    assert episodes.catch_up() == 2
    assert episodes.catch_up() == 0
    assert Episode.objects.count() == 5


def test_a_tick_leaves_traces_to_the_dream_that_is_evaluating():
    store = a_dreaming_store(runs=3)
    dream = dreams.start(store, by=ADA, here=True)
    pipeline.advance(dream.pk)

    assert episodes.catch_up() == 0
    assert not Episode.objects.exists()


def test_the_quick_tick_looks_only_at_what_has_just_come():
    import_runs(an_agent(), a_failing_run(1), a_failing_run(2))
    old = Trace.objects.order_by("pk").first()
    Trace.objects.filter(pk=old.pk).update(
        received_at=timezone.now() - timedelta(hours=3)
    )

    tasks.tell(minutes=120)
    assert not Episode.objects.filter(trace=old).exists()
    assert Episode.objects.count() == 1
    tasks.tell()
    assert Episode.objects.count() == 2


def test_a_tick_ends_when_its_time_is_up():
    import_runs(an_agent(), a_failing_run(1))

    assert episodes.catch_up(seconds=-1) == 0


def test_a_run_that_grew_is_told_again():
    agent = an_agent()
    run = a_failing_run(1)
    import_runs(agent, run)
    episodes.catch_up()
    more = Step(6, "message", "person", "Thank you.")
    longer = Record(
        external_id=run.external_id, format=run.format, person=run.person,
        task=run.task, steps=[*run.steps, more],
    )  # fmt: skip
    (result,) = intake.accept(agent, [longer], by=SETUP)
    assert result.status == "extended"

    assert episodes.catch_up() == 1
    assert "wrote 1 more turn" in Episode.objects.get().summary


def test_an_erased_trace_takes_its_episode_along():
    agent = an_agent()
    import_runs(agent, a_failing_run(1))
    episodes.catch_up()

    erasure.erase(Trace.objects.get(), by=ADA, reason="It names a customer.")

    assert not Episode.objects.exists()


def test_a_reader_gets_the_present_state_even_before_it_is_written():
    agent = an_agent()
    run = a_failing_run(1)
    import_runs(agent, run)
    trace = Trace.objects.get()

    told = episodes.of_trace(trace, run.steps)

    assert told.scores["recovered"] == 1
    assert not Episode.objects.exists()
    episodes.catch_up()
    stored = Episode.objects.get()
    assert episodes.of_trace(Trace.objects.get(), run.steps).pk == stored.pk
    for name in ("scores", "shows", "summary", "reflection", "outcome", "day", "of"):
        assert getattr(told, name) == getattr(stored, name), name


def test_what_a_model_wrote_stays_for_as_long_as_the_trace_is_what_it_read():
    store = a_dreaming_store(runs=1)
    dreamt(store)
    trace = Trace.objects.get()
    said = [
        {"step": 2, "wrong": "The amount was a guess.", "instead": "Look it up."},
        {"step": 99, "wrong": "No such step."},
        {"step": 1, "wrong": "Hidden\u200b and\nbroken", "instead": None},
    ]

    assert episodes.reflect(trace, said, by="claude-x")
    Episode.objects.update(evaluator="offline/0")  # an older one: told again
    episodes.catch_up()

    told = Episode.objects.get()
    assert told.reflected_by == "claude-x"
    assert told.reflection == [
        {"step": 2, "wrong": "The amount was a guess.", "instead": "Look it up."},
        {"step": 1, "wrong": "Hidden and broken", "instead": ""},
    ]
    Trace.objects.update(outcome="failure")
    episodes.catch_up()
    assert Episode.objects.get().reflected_by.startswith("offline/")


def test_a_reflection_on_a_state_that_is_past_is_not_taken():
    store = a_dreaming_store(runs=1)
    dreamt(store)
    trace = Trace.objects.get()
    trace.outcome = "failure"

    assert not episodes.reflect(trace, [{"step": 2, "wrong": "Late."}], by="claude-x")
    assert not episodes.reflect(Trace.objects.get(), [], by="claude-x")
    assert Episode.objects.get().reflected_by.startswith("offline/")


def test_a_trace_that_cannot_be_told_stops_nobody(monkeypatch):
    agent = an_agent()
    import_runs(agent, a_failing_run(1), a_failing_run(2))

    def broken(facts, *rest):
        if facts.trace.endswith("-1"):
            raise ValueError("hostile")
        return episodes.telling.NOTHING

    monkeypatch.setattr(episodes.telling, "tell", broken)

    assert episodes.catch_up() == 2
    assert episodes.catch_up() == 0
    assert list(Episode.objects.values_list("summary", flat=True)) == ["", ""]


# What the failing runs' tool says, without its instance.
MASKED = "amount \u2039number\u203a exceeds the order's total"


def a_run_that_read(store, number, name):
    run = a_failing_run(7)
    return msgspec.structs.replace(
        run, external_id=name, read={store.name: number} if number else {}
    )


def test_a_run_is_held_to_the_rules_that_it_had_read_and_to_no_others():
    store = a_dreaming_store(runs=0)
    trigger = {"tool": "refund", "marks": mark("refund", MASKED)}
    proposal = a_proposal(store, trigger=trigger)
    decisions.approve(proposal, by=ADA, reason="So it is.", hold=0)
    agent = store.subscriptions.get().agent
    import_runs(
        agent, a_run_that_read(store, 1, "knew"), a_run_that_read(store, 0, "did-not")
    )

    episodes.catch_up()

    knew = Episode.objects.get(trace__external_id="knew")
    other = Episode.objects.get(trace__external_id="did-not")
    assert knew.scores["rule_adherence"] == 0
    assert knew.grounds["rule_adherence"]["rules"] == {proposal.name: "ignored"}
    assert "rule_adherence" not in other.scores
    # Read or not: the approved rule is what would have avoided the failure.
    assert f"{proposal.name} says: Rule" in other.reflection[0]["instead"]


def test_what_nobody_has_approved_is_no_advice():
    store = a_dreaming_store(runs=0)
    trigger = {"tool": "refund", "marks": mark("refund", MASKED)}
    a_proposal(store, trigger=trigger)
    import_runs(store.subscriptions.get().agent, a_run_that_read(store, 0, "run"))

    episodes.catch_up()

    told = Episode.objects.get(trace__external_id="run")
    assert "says: Rule" not in told.reflection[0]["instead"]
