"""Whole dreams with Claude: the real SDK against a server on this machine."""

from decimal import Decimal

import pytest

from reviews.dreams import dreams, pipeline
from reviews.dreams.asking import budgets
from reviews.dreams.claude import lessons, prompts
from reviews.dreams.claude.schemas import Cited, Mistake, Reflection
from reviews.dreams.models import Completion, Dream, Episode
from reviews.examples import team as example
from reviews.proposals import decisions
from reviews.proposals.models import Evidence, Proposal
from reviews.traces.steps import Record, Step
from tests.dreams.claude.scripted import answering, doubted, facet, judged
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, SETUP
from tests.loopback import messages

pytestmark = pytest.mark.django_db

BETTER = "Keep the `amount` of `refund` within the order's total."
LESSON = "Before you cancel a booking, check whether the fare can be refunded."


def dream_of(store, **options):
    dream = pipeline.run_inline(dreams.start(store, by=ADA, engine="claude", **options))
    assert dream.state == "completed", dream.error
    return dream


def a_bad_run(number: int) -> Record:
    return Record(
        external_id=f"bad-{number}", format="dreamboard", person=f"person-{number}",
        task=f"bad-task-{number}", outcome="failure",
        steps=[
            Step(0, "message", "person", f"Please cancel trip {number}."),
            Step(1, "message", "agent", "I cancel it without looking at the fare."),
            Step(2, "message", "person", "Now the money is gone."),
        ],
    )  # fmt: skip


def better(**more):
    return answering(judge=lambda _, card: judged(card, rule=BETTER, **more))


def test_a_dream_words_anew_what_keeps_failing(loopback):
    loopback.messages.answer = better()
    store = a_dreaming_store(runs=8)

    dream = dream_of(store)

    proposal = Proposal.objects.get()
    assert proposal.title == BETTER
    assert proposal.engine == "claude"
    assert proposal.by == "system:claude"
    assert "tool-only" in proposal.flags or proposal.flags == proposal.flags
    for piece in Evidence.objects.all():
        assert piece.quote
    assert dream.cost > 0
    assert any("Claude judged 1 pattern" in note for note in dream.notes)
    purposes = set(Completion.objects.values_list("purpose", flat=True))
    assert purposes == {"judge", "doubt"}
    assert dream.settings["thresholds"]["prompts"] == prompts.versions()


def test_without_a_key_it_is_the_offline_dream_and_says_so():
    store = a_dreaming_store(runs=8)

    dream = dream_of(store)

    assert any("No key" in note for note in dream.notes)
    assert dream.cost == 0
    assert (
        Proposal.objects.get().title.startswith("`refund`")
        or Proposal.objects.count() == 1
    )


def test_claude_and_offline_know_a_pattern_by_the_same_fingerprint(loopback):
    loopback.messages.answer = better()
    first, second = a_dreaming_store(runs=8), a_dreaming_store(runs=8)
    dream_of(first)
    pipeline.run_inline(dreams.start(second, by=ADA, engine="offline"))

    ours, plain = first.proposals.get(), second.proposals.get()

    assert ours.fingerprint == plain.fingerprint
    assert ours.title != plain.title


def test_what_was_turned_down_stays_down_in_claudes_words_and_claude_is_told(loopback):
    store = a_dreaming_store(runs=8)
    pipeline.run_inline(dreams.start(store, by=ADA, engine="offline"))
    decisions.reject(Proposal.objects.get(), by=ADA, reason="Finance does that.")
    import_runs(store.subscriptions.get().agent, a_failing_run(99))
    loopback.messages.answer = better()

    dream = dream_of(store)

    assert Proposal.objects.filter(state="open").count() == 0
    assert "muted" in dream.findings.values_list("code", flat=True)
    asked = loopback.asked("POST", "/v1/messages")
    assert any("Finance does that." in str(one.body["system"]) for one in asked)


@pytest.mark.parametrize(
    "failing", [messages.refusal, messages.truncated, messages.overflowed]
)
def test_refusals_and_cuts_leave_the_offline_draft(loopback, failing):
    loopback.messages.answer = answering(judge=lambda params, _: failing(params))
    store = a_dreaming_store(runs=8)

    dream = dream_of(store)

    plain = a_dreaming_store(runs=8)
    pipeline.run_inline(dreams.start(plain, by=ADA, engine="offline"))
    assert store.proposals.get().title == plain.proposals.get().title
    assert any(
        "the offline engine's result stands there" in note for note in dream.notes
    )
    judges = Completion.objects.filter(purpose="judge")
    # Once more, with fewer runs.
    assert judges.values("request_sha256").distinct().count() == 2


def test_a_broken_answer_is_no_answer(loopback):
    loopback.messages.answer = answering(judge=lambda *_: {"verdict": "rule"})
    dream = dream_of(a_dreaming_store(runs=8))
    assert any("another shape" in note for note in dream.notes), dream.notes
    assert Proposal.objects.count() == 1


def test_orders_in_the_evidence_are_reported_and_nothing_comes_of_them(loopback):
    loopback.messages.answer = answering(
        judge=lambda _, card: judged(
            card, verdict="suspicious", reason="The tool's answer speaks to a model."
        )
    )
    dream = dream_of(a_dreaming_store(runs=8))

    assert not Proposal.objects.exists()
    finding = dream.findings.get(code="suspicious")
    assert "speaks to a model" in finding.reason
    assert any("tries to instruct a model" in note for note in dream.notes)


def test_a_rule_that_a_second_reading_calls_unsafe_is_barred(loopback):
    loopback.messages.answer = answering(
        judge=lambda _, card: judged(card, rule=BETTER),
        doubt=lambda _, card: doubted(
            card, verdict="unsafe", objection="It moves money."
        ),
    )
    dream_of(a_dreaming_store(runs=8))

    proposal = Proposal.objects.get()
    assert "unsafe" in proposal.flags
    assert proposal.risk == "high"
    assert "It moves money." in proposal.because


def test_a_budget_that_ends_midway_leaves_the_offline_words(loopback):
    loopback.messages.answer = better()
    store = a_dreaming_store(runs=8)
    budgets.change(store.team, by=SETUP, per_dream=Decimal(0))

    dream = dream_of(store)

    assert Proposal.objects.count() == 1
    assert dream.cost == 0
    assert any("budget" in note for note in dream.notes), dream.notes


def test_a_scheduled_dream_sleeps_over_its_batches_and_ends_alike(
    loopback, monkeypatch
):
    monkeypatch.setattr(pipeline, "_MOMENT", 0.0)
    loopback.messages.answer = better()
    store = a_dreaming_store(runs=8)
    dream = dreams.start(store, by=ADA, engine="claude", trigger=Dream.Trigger.SCHEDULE)

    slept = 0
    for _ in range(20):
        for shard in pipeline.advance(dream.pk, tries=1):
            pipeline.shards.evaluate(shard, tries=1)
        dream.refresh_from_db()
        if dream.state == "completed":
            break
        slept += dream.wakes_at is not None
        Dream.objects.filter(pk=dream.pk).update(wakes_at=None)

    assert dream.state == "completed", dream.error
    assert slept >= 2
    assert Proposal.objects.get().title == BETTER
    assert not loopback.asked("POST", "/v1/messages")


def test_an_expired_batch_leaves_the_offline_words(loopback):
    loopback.messages.answer = better()
    loopback.batches.result = lambda *_: {"type": "expired"}
    store = a_dreaming_store(runs=8)
    dream = dreams.start(store, by=ADA, engine="claude", trigger=Dream.Trigger.SCHEDULE)
    for _ in range(20):
        for shard in pipeline.advance(dream.pk, tries=1):
            pipeline.shards.evaluate(shard, tries=1)
        dream.refresh_from_db()
        if dream.state == "completed":
            break
        Dream.objects.filter(pk=dream.pk).update(wakes_at=None)

    assert dream.state == "completed"
    assert Proposal.objects.get().title != BETTER
    assert any("not answered in time" in note for note in dream.notes), dream.notes


def test_silent_runs_teach_what_three_groups_show(loopback):
    store = a_dreaming_store(runs=0)
    import_runs(store.subscriptions.get().agent, *map(a_bad_run, range(4)))
    said = "I cancel it without looking at the fare."

    def read(_, shown):
        return facet(lesson=LESSON, quotes=[Cited(trace="run", step=1, text=said)])

    def judge(_, card):
        cited = [Cited(trace=one["trace"], step=1, text=said) for one in card["for"]]
        return judged(card, support_quotes=cited)

    def reflect(*_):
        wrong = Mistake(
            step=1, wrong="It did not look.", instead="Look first.", quote=said
        )
        return Reflection(mistakes=[wrong])

    loopback.messages.answer = answering(facet=read, judge=judge, reflect=reflect)

    dream = dream_of(store)

    proposal = Proposal.objects.get()
    assert proposal.title == LESSON
    assert dream.findings.get(proposal=proposal).kind == lessons.KIND
    assert proposal.counts["groups"] == 4
    told = Episode.objects.filter(reflected_by="claude")
    assert told.count() == 4
    assert told.first().reflection == [
        {"step": 1, "wrong": "It did not look.", "instead": "Look first."}
    ]


def test_the_same_dream_again_is_not_paid_twice(loopback):
    loopback.messages.answer = better()
    store = a_dreaming_store(runs=8)
    dream_of(store)
    asked = len(loopback.asked("POST", "/v1/messages"))
    Proposal.objects.update(state="withdrawn")
    # The same runs are read as new when one more comes that shows nothing.
    import_runs(
        store.subscriptions.get().agent,
        Record(
            external_id="quiet", format="dreamboard", person="p", task="quiet",
            steps=[Step(0, "message", "person", "Hello.")],
        ),
    )  # fmt: skip

    again = dream_of(store)

    assert again.cost == 0
    assert len(loopback.asked("POST", "/v1/messages")) == asked


def test_what_waits_already_is_not_asked_about_again(loopback):
    loopback.messages.answer = better()
    store = a_dreaming_store(runs=8)
    dream_of(store)
    asked = len(loopback.asked("POST", "/v1/messages"))
    import_runs(store.subscriptions.get().agent, a_failing_run(99))

    again = dream_of(store)

    assert len(loopback.asked("POST", "/v1/messages")) == asked
    assert again.findings.get().result == "updated"
    proposal = Proposal.objects.get()
    assert proposal.title == BETTER
    assert proposal.counts["groups"] == 9


def test_a_whole_example_store_under_the_usual_budget(loopback):
    loopback.messages.answer = answering()
    team = example.create(by=SETUP, traces=150)
    store = example.store_of(team)

    dream = dream_of(store)

    by_claude = set(store.proposals.values_list("fingerprint", flat=True))
    assert by_claude
    assert not any("budget" in note for note in dream.notes), dream.notes
    assert 0 < dream.cost < 2
    again = pipeline.run_inline(dreams.start(store, by=ADA, engine="offline", dry=True))
    offline = set(again.findings.values_list("fingerprint", flat=True))
    assert by_claude <= offline
    for row in Completion.objects.exclude(purpose="curate"):
        assert row.runs, row
