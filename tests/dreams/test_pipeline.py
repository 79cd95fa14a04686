"""A dream from end to end, without a broker: the same steps as with one."""

import gc

import msgspec
import pytest
from django.utils import timezone

from reviews.audit import ledger
from reviews.dreams import dreams, leases, pipeline, shards
from reviews.dreams.engines import Confirmed, registry
from reviews.dreams.models import Digest, Dream, Finding, Pattern, Shard, Signal
from reviews.memory import stores, versions
from reviews.proposals.models import Evidence, Proposal
from reviews.traces.models import Trace
from tests.dreams.counting import Counting, rule_of
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, SETUP, a_store, an_agent

pytestmark = pytest.mark.django_db


def dream_of(store, **options):
    return pipeline.run_inline(
        dreams.start(store, by=ADA, engine="counting", **options)
    )


def in_small_shards(monkeypatch, size=2):
    monkeypatch.setattr(dreams, "SHARD_SIZE", size)


def test_a_dream_proposes_what_keeps_failing_with_quotes_that_anybody_can_check():
    store = a_dreaming_store(runs=5)

    dream = dream_of(store)

    assert dream.state == "completed"
    proposal = Proposal.objects.get()
    assert proposal.title == rule_of("refund")
    assert proposal.engine == "counting"
    assert proposal.by == "system:counting"
    for piece in Evidence.objects.all():
        assert piece.quote.startswith("Error: amount")
        assert piece.provenance == "tool"
        assert piece.trace.external_id == piece.external_id


def test_each_stage_leaves_its_times_and_counts():
    dream = dream_of(a_dreaming_store(runs=5))

    assert set(Dream.Stage.values) <= dream.stages.keys()
    for stage in Dream.Stage.values:
        assert dream.stages[stage]["started"] <= dream.stages[stage]["ended"]
    assert dream.counts == {
        "traces": 5,
        "new": 5,
        "evaluated": 5,
        "signals": 5,
        "digests": 5,
        "patterns": 1,
        "proposals": 1,
        "updated": 0,
        "refused": 0,
        "confirmed": 0,
        "unreadable": 0,
    }
    assert dream.coverage == {"faults": 5}
    assert dream.started_at <= dream.ended_at
    assert dream.settings["thresholds"] == {"groups": 2}


def test_a_finding_links_the_dream_its_pattern_and_its_proposal():
    store = a_dreaming_store(runs=3)

    dream = dream_of(store)

    finding = dream.findings.get()
    assert finding.result == Finding.Result.PROPOSED
    assert finding.proposal == Proposal.objects.get()
    assert finding.pattern == Pattern.objects.get(store=store, support=3)


def test_a_rule_that_the_runs_bear_out_is_listed_and_asks_nothing_of_anybody(
    monkeypatch,
):
    followed = Confirmed(
        statement="Look at the order first.",
        path="/tools.md",
        rule="r-1",
        reason="6 of 6 runs did.",
        counts={"groups": 6},
    )
    propose = Counting.propose

    def confirms(self, *args):
        return msgspec.structs.replace(propose(self, *args), confirmed=(followed,))

    monkeypatch.setattr(Counting, "propose", confirms)

    dream = dream_of(a_dreaming_store(runs=1))

    finding = dream.findings.get(result=Finding.Result.CONFIRMED)
    assert (finding.statement, finding.proposal) == ("Look at the order first.", None)
    assert finding.reason == "/tools.md: 6 of 6 runs did."
    assert "Confirmed 1 rule of memory: it is followed." in dream.notes


def test_what_is_not_proposed_is_listed_with_its_reason():
    store = a_dreaming_store(runs=1)

    dream = dream_of(store)

    finding = dream.findings.get()
    assert (finding.result, finding.code) == ("refused", "too-few-groups")
    assert finding.reason == "Seen in 1 groups only."
    assert dream.notes[-1] == (
        "Did not propose 1 finding: 1 seen in too few independent groups."
    )


def test_a_second_dream_finds_nothing_new_costs_nothing_and_says_so():
    store = a_dreaming_store()
    dream_of(store)

    second = dream_of(store)

    assert second.state == "completed"
    assert second.cost == 0
    assert second.notes == [
        "No trace is new since the last dream, so there was nothing to think about."
    ]
    assert not second.shards.exists()
    assert Proposal.objects.count() == 1


def test_a_later_dream_reads_only_what_is_new_and_thinks_about_everything():
    store = a_dreaming_store(runs=1)
    dream_of(store)
    import_runs(store.subscriptions.get().agent, a_failing_run(99))

    second = dream_of(store)

    assert second.counts["new"] == second.counts["evaluated"] == 1
    assert second.counts["digests"] == 2
    assert Proposal.objects.get().counts["groups"] == 2


def test_new_evidence_for_an_open_proposal_updates_it_instead_of_asking_again():
    store = a_dreaming_store(runs=3)
    dream_of(store)
    import_runs(store.subscriptions.get().agent, a_failing_run(99))

    second = dream_of(store)

    assert second.findings.get().result == Finding.Result.UPDATED
    assert Proposal.objects.get().counts["groups"] == 4
    assert "Brought new evidence to an open proposal." in second.notes


def test_a_run_that_speaks_against_it_is_news_too():
    store = a_dreaming_store(runs=8)
    pipeline.run_inline(dreams.start(store, by=ADA, engine="offline"))
    proposal = Proposal.objects.get()
    counts = proposal.counts
    fine = a_failing_run(99)
    # The same tool, and nothing fails: a counter quote, and one opportunity more.
    fine.steps[1:3] = []
    import_runs(
        store.subscriptions.get().agent,
        msgspec.structs.replace(
            fine,
            steps=[
                msgspec.structs.replace(step, index=index)
                for index, step in enumerate(fine.steps)
            ],
        ),
    )

    second = pipeline.run_inline(dreams.start(store, by=ADA, engine="offline"))

    finding = second.findings.get()
    assert (finding.result, finding.proposal) == ("updated", proposal)
    proposal.refresh_from_db()
    assert proposal.counts["opportunities"] == counts["opportunities"] + 1
    assert proposal.counts["against"] == counts["against"] + 1
    assert ledger.about(proposal)[0].action == "proposal.updated"


def test_what_memory_says_already_is_not_proposed():
    store = a_dreaming_store()
    versions.commit(
        store,
        {"/tools.md": f"- {rule_of('refund')}\n"},
        by=ADA,
        reason="Known.",
        kind="edit",
    )

    dream = dream_of(store)

    assert dream.findings.get().code == "covered"
    assert not Proposal.objects.exists()


def test_two_fresh_stores_with_the_same_traces_get_the_same_proposals(monkeypatch):
    def proposals(store):
        return [
            (
                p.fingerprint,
                p.title,
                p.counts,
                p.groups,
                list(p.wordings.values_list("texts")),
            )
            for p in Proposal.objects.filter(store=store).order_by("pk")
        ]

    first, second = a_dreaming_store(runs=7), a_store()
    agent = an_agent(second.team, "shop")
    stores.subscribe(agent, second, by=SETUP)
    import_runs(agent, *[a_failing_run(number) for number in reversed(range(7))])
    dream_of(first)
    in_small_shards(monkeypatch, 3)

    dream_of(second)

    assert proposals(first) == proposals(second) != []


def test_shards_cut_the_window_and_each_trace_is_digested_once(monkeypatch):
    in_small_shards(monkeypatch)
    store = a_dreaming_store(runs=5)

    dream = dream_of(store)

    sizes = list(dream.shards.order_by("number").values_list("traces", flat=True))
    assert [len(keys) for keys in sizes] == [2, 2, 1]
    assert Digest.objects.count() == Trace.objects.count() == 5
    assert Signal.objects.count() == 5


def test_a_shard_that_is_evaluated_again_overwrites_itself(monkeypatch):
    in_small_shards(monkeypatch)
    store = a_dreaming_store(runs=4)
    dream = dreams.start(store, by=ADA, engine="counting")
    waiting = pipeline.advance(dream.pk)
    shards.evaluate(waiting[0])
    Shard.objects.filter(pk=waiting[0]).update(done_at=None)

    shards.evaluate(waiting[0])
    pipeline.run_inline(dream)

    assert Digest.objects.count() == Signal.objects.count() == 4


def test_whoever_ends_the_last_shard_lets_the_dream_go_on(monkeypatch):
    in_small_shards(monkeypatch)
    dream = dreams.start(a_dreaming_store(runs=4), by=ADA, engine="counting")

    first, second = pipeline.advance(dream.pk)

    assert shards.evaluate(second) is None
    assert shards.evaluate(first) == dream.pk
    assert shards.evaluate(first) is None


def test_a_trace_that_grew_is_evaluated_again():
    store = a_dreaming_store(runs=2)
    dream_of(store)
    longer = a_failing_run(0)
    longer.steps.append(longer.steps[-1].__class__(6, "message", "person", "Thanks."))
    import_runs(store.subscriptions.get().agent, longer)

    second = dream_of(store)

    assert second.counts["evaluated"] == 1
    assert Digest.objects.count() == 2


def test_an_outcome_that_arrives_later_is_evaluated_too():
    store = a_dreaming_store(runs=2)
    dream_of(store)
    Trace.objects.filter(external_id="refund-0").update(outcome="failure")

    assert dream_of(store).counts["evaluated"] == 1


def test_a_trace_that_trips_the_engine_is_counted_and_stops_nothing(monkeypatch):
    evaluate = Counting.evaluate

    def trips(self, facts, steps):
        if facts.trace == "refund-1":
            raise RecursionError
        return evaluate(self, facts, steps)

    monkeypatch.setattr(Counting, "evaluate", trips)
    store = a_dreaming_store(runs=4)

    dream = dream_of(store)

    assert dream.state == "completed"
    assert Proposal.objects.get().counts["groups"] == 3
    assert "The engine could make nothing of 1 trace; the log says why." in dream.notes
    assert dream_of(store).counts["new"] == 0


def test_another_stores_digests_are_used_but_its_traces_are_new_here():
    first = a_dreaming_store(runs=3)
    dream_of(first)
    second = a_store(first.team)
    stores.subscribe(first.subscriptions.get().agent, second, by=SETUP)

    dream = dream_of(second)

    assert dream.counts["new"] == 3
    assert dream.counts["evaluated"] == 0
    assert Proposal.objects.filter(store=second).count() == 1


def test_a_new_version_of_the_engine_reads_everything_again(monkeypatch):
    store = a_dreaming_store(runs=3)
    dream_of(store)
    monkeypatch.setattr(Counting, "version", "2")
    monkeypatch.setattr(Counting, "evaluator", "counting/2")

    assert dream_of(store).counts["evaluated"] == 3
    # What the earlier one said is replaced, not said beside it.
    assert set(Digest.objects.values_list("evaluator", flat=True)) == {"counting/2"}
    assert set(Signal.objects.values_list("evaluator", flat=True)) == {"counting/2"}
    assert Digest.objects.count() == 3


def test_a_store_without_subscribers_says_why_nothing_was_read():
    dream = dream_of(a_store())

    assert dream.state == "completed"
    assert dream.notes == [
        "No agent reads this store, so there are no traces for it to dream about."
    ]


def test_traces_received_before_the_window_are_not_read():
    store = a_dreaming_store(runs=3)
    Trace.objects.update(received_at=timezone.now() - timezone.timedelta(days=8))

    dream = dream_of(store, window_days=7)

    assert dream.notes == ["No trace arrived in the last 7 days."]


def test_a_second_dream_at_once_is_refused_and_named():
    store = a_dreaming_store()
    first = dreams.start(store, by=ADA, engine="counting")

    with pytest.raises(
        dreams.AlreadyDreaming, match=rf"dream {first.pk}, .* by ada"
    ) as caught:
        dreams.start(store, by=SETUP, engine="counting")

    assert caught.value.facts["dream"] == first.pk


def test_an_unknown_engine_is_refused_with_those_there_are():
    with pytest.raises(
        registry.UnknownEngine, match=", ".join(sorted(registry.ENGINES))
    ):
        dreams.start(a_store(), by=ADA, engine="oracle")


def test_a_canceled_dream_stops_and_frees_the_store(monkeypatch):
    in_small_shards(monkeypatch)
    store = a_dreaming_store(runs=4)
    dream = dreams.start(store, by=ADA, engine="counting")
    waiting = pipeline.advance(dream.pk)

    dreams.cancel(dream, by=ADA, reason="Wrong store.")

    assert [shards.evaluate(shard) for shard in waiting] == [None, None]
    assert pipeline.advance(dream.pk) == []
    assert not Digest.objects.exists()
    assert dream_of(store).state == "completed"


def test_a_dream_that_is_over_cannot_be_canceled():
    dream = dream_of(a_dreaming_store())

    with pytest.raises(pipeline.endings.DreamOver):
        dreams.cancel(dream, by=ADA)


def test_canceling_in_the_middle_of_a_stage_is_noticed_at_the_next_step(monkeypatch):
    store = a_dreaming_store()
    dream = dreams.start(store, by=ADA, engine="counting")
    reduce = Counting.reduce

    def canceled_meanwhile(self, digests):
        dreams.cancel(dream, by=ADA)
        return reduce(self, digests)

    monkeypatch.setattr(Counting, "reduce", canceled_meanwhile)

    pipeline.run_inline(dream)

    assert dream.state == "canceled"
    assert not Proposal.objects.exists()


def test_a_refusal_of_the_domain_ends_the_dream_with_its_sentence(monkeypatch):
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")
    monkeypatch.setattr(Counting, "version", "2")

    pipeline.run_inline(dream)

    assert dream.state == "failed"
    assert dream.error.startswith(
        "This dream began with counting/1, and its worker has"
    )


def test_a_broken_engine_fails_an_inline_dream_at_once_and_is_not_hidden(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Counting, "propose", broken)
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")

    with pytest.raises(ZeroDivisionError):
        pipeline.run_inline(dream)

    dream.refresh_from_db()
    assert (dream.state, dream.error) == (
        "failed",
        "It broke while drafting (ZeroDivisionError).",
    )


def test_a_dream_that_breaks_in_workers_is_tried_again_and_then_given_up(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Counting, "propose", broken)
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")
    for shard in pipeline.advance(dream.pk):
        shards.evaluate(shard)
    errors = []

    for _ in range(pipeline.endings.MOST_BREAKS):
        with pytest.raises(ZeroDivisionError):
            pipeline.advance(dream.pk)
        dream.refresh_from_db()
        errors.append((dream.state, dream.error))

    broke = "It broke while drafting (ZeroDivisionError)."
    assert errors == [
        ("running", broke),
        ("running", broke),
        ("failed", f"Given up after 3 tries: {broke}"),
    ]


def test_memory_is_looked_through_again_once_a_dream_has_thought_or_broken(monkeypatch):
    seen = []

    def broken(*_):
        seen.append(gc.isenabled())
        raise ZeroDivisionError

    monkeypatch.setattr(Counting, "propose", broken)

    with pytest.raises(ZeroDivisionError):
        dream_of(a_dreaming_store())

    assert seen == [False]
    assert gc.isenabled()


def test_a_worker_that_lost_its_dream_cannot_fail_it(monkeypatch):
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")

    def taken_over(*_):
        Dream.objects.update(
            leased_until=timezone.now() - timezone.timedelta(seconds=1)
        )
        assert leases.claim(dream.pk)
        raise ZeroDivisionError

    monkeypatch.setattr(Counting, "reduce", taken_over)
    for shard in pipeline.advance(dream.pk):
        shards.evaluate(shard)

    with pytest.raises(ZeroDivisionError):
        pipeline.advance(dream.pk, tries=1)

    dream.refresh_from_db()
    assert (dream.state, dream.error) == ("running", "")


def test_the_ledger_says_who_started_a_dream_and_what_came_of_it():
    dream = dream_of(a_dreaming_store(runs=3))

    ended, started = ledger.about(dream)

    assert (started.action, started.actor) == ("dream.started", "person:ada")
    assert (ended.action, ended.actor) == ("dream.completed", "system:counting")
    assert ledger.content_of(ended)["facts"]["proposals"] == 1


def test_a_worker_that_died_while_submitting_is_followed_by_one_that_doubles_nothing(
    monkeypatch,
):
    store = a_dreaming_store(runs=3)
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "cancel") for number in range(3)])
    dream = dreams.start(store, by=ADA, engine="counting")
    submit = pipeline.findings.submit
    died = []

    def dies_after_the_first(*args):
        submit(*args)
        if not died:
            died.append(True)
            raise leases.LeaseLost

    monkeypatch.setattr(pipeline.findings, "submit", dies_after_the_first)
    pipeline.run_inline(dream)
    assert (dream.state, Proposal.objects.count()) == ("running", 1)
    evaluated = dream.stages["evaluate"]
    Dream.objects.update(leased_until=timezone.now() - timezone.timedelta(seconds=1))

    pipeline.run_inline(dream)

    assert dream.state == "completed"
    assert Proposal.objects.count() == dream.findings.count() == 2
    assert dream.counts["proposals"] == 2
    assert dream.stages["evaluate"] == evaluated
