"""A dry run says what a dream would propose, and leaves nothing else behind."""

import pytest

from reviews.audit import ledger
from reviews.audit.models import LedgerEntry
from reviews.dreams import dreams, findings, leases, pipeline
from reviews.dreams.models import Digest, Dream, Finding, Pattern
from reviews.proposals import decisions
from reviews.proposals.models import Evidence, Proposal
from reviews.traces import erasure
from reviews.traces.models import Trace
from tests.dreams.counting import rule_of
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, MAX

pytestmark = pytest.mark.django_db


def dream_of(store, **options):
    return pipeline.run_inline(
        dreams.start(store, by=ADA, engine="counting", **options)
    )


def test_it_says_what_it_would_propose_and_proposes_nothing():
    store = a_dreaming_store(runs=5)
    entries = LedgerEntry.objects.count()

    dream = dream_of(store, dry=True)

    finding = dream.findings.get()
    assert (finding.result, finding.statement) == ("would", rule_of("refund"))
    assert dream.notes[-1] == (
        "A dry run: it would propose 1 change, and proposed nothing."
    )
    assert not Proposal.objects.exists()
    assert not Evidence.objects.exists()
    assert not Pattern.objects.exists()
    # That it dreamt is on record; that it proposed is not.
    assert [entry.action for entry in ledger.about(dream)] == [
        "dream.completed",
        "dream.started",
    ]
    assert LedgerEntry.objects.count() == entries + 2


def test_it_takes_no_number_so_that_no_proposal_seems_to_be_missing():
    before = dream_of(a_dreaming_store(runs=3)).findings.get().proposal
    store = a_dreaming_store(runs=3)

    dream_of(store, dry=True)

    assert dream_of(store).findings.get().proposal.pk == before.pk + 1


def test_what_it_found_out_about_traces_stays_for_the_next_dream():
    store = a_dreaming_store(runs=5)

    dream_of(store, dry=True)

    assert Digest.objects.count() == 5
    assert dream_of(store).counts["evaluated"] == 0


def test_the_dream_after_it_calls_the_same_traces_new_and_proposes():
    store = a_dreaming_store(runs=5)
    dream_of(store, dry=True)

    dream = dream_of(store)

    assert dream.counts["new"] == 5
    assert dream.findings.get().result == "proposed"


def test_it_keeps_the_draft_as_the_desk_would_have_had_it():
    store = a_dreaming_store(runs=5)

    finding = dream_of(store, dry=True).findings.get()

    draft = findings.draft_of(finding)
    assert draft.operations[0].after == rule_of("refund")
    assert len(draft.quotes) == 5
    assert finding.draft["risk"] in Proposal.Risk.values
    real = dream_of(store).findings.get().proposal
    assert (finding.draft["risk"], finding.draft["flags"]) == (real.risk, real.flags)


def test_quotes_are_read_from_their_steps_and_go_with_their_trace():
    store = a_dreaming_store(runs=3)
    dream = dream_of(store, dry=True)
    finding = dream.findings.get()

    before = findings.quotes_of(dream, [findings.draft_of(finding)])
    erasure.erase(
        Trace.objects.get(external_id="refund-1"), by=MAX, reason="Asked for."
    )
    after = findings.quotes_of(dream, [findings.draft_of(finding)])

    assert "amount 1 exceeds" not in str(finding.draft)
    assert [quote.text[:13] for quote in before.quotes] == ["Error: amount"] * 3
    assert (len(after.quotes), after.dropped) == (2, 1)


def test_it_says_so_where_a_proposal_waits_already():
    store = a_dreaming_store(runs=3)
    proposal = dream_of(store).findings.get().proposal
    import_runs(store.subscriptions.get().agent, a_failing_run(99))

    finding = dream_of(store, dry=True).findings.get()

    assert (finding.result, finding.code) == ("would", "updated")
    assert finding.proposal == proposal
    proposal.refresh_from_db()
    assert proposal.counts["groups"] == 3


def test_what_was_turned_down_would_be_refused_with_the_reason():
    store = a_dreaming_store(runs=3)
    proposal = dream_of(store).findings.get().proposal
    decisions.reject(proposal, by=ADA, reason="Not worth a rule.")

    finding = dream_of(store, dry=True).findings.get()

    assert (finding.result, finding.code) == ("refused", "muted")


def test_it_thinks_even_where_nothing_is_new():
    store = a_dreaming_store(runs=3)
    proposal = dream_of(store).findings.get().proposal

    dream = dream_of(store, dry=True)

    assert dream.counts["new"] == 0
    finding = dream.findings.get()
    assert (finding.code, finding.proposal) == ("waiting", proposal)


def test_it_stands_in_line_like_any_other_dream():
    store = a_dreaming_store()
    dreams.start(store, by=ADA, engine="counting")

    with pytest.raises(dreams.AlreadyDreaming):
        dreams.start(store, by=ADA, engine="counting", dry=True)


def test_a_worker_that_died_in_it_is_followed_by_one_that_doubles_nothing(monkeypatch):
    store = a_dreaming_store(runs=3)
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "cancel") for number in range(3)])
    dream = dreams.start(store, by=ADA, engine="counting", dry=True)
    foresee, died = findings.foresee, []

    def dies_after_the_first(*args):
        foresee(*args)
        if not died:
            died.append(True)
            raise leases.LeaseLost

    monkeypatch.setattr(findings, "foresee", dies_after_the_first)
    pipeline.run_inline(dream)
    assert dream.findings.count() == 1
    Dream.objects.update(leased_until=dream.created_at)

    pipeline.run_inline(dream)

    results = list(dream.findings.values_list("result", flat=True))
    assert results == [Finding.Result.WOULD] * 2
    assert not Proposal.objects.exists()


def test_dreamt_for_real_with_the_same_inputs_it_proposes_just_that():
    store = a_dreaming_store(runs=3)
    dry = dream_of(store, dry=True)
    import_runs(store.subscriptions.get().agent, a_failing_run(99))

    real = pipeline.run_inline(dreams.again(dry, by=ADA, thresholds="frozen"))

    assert (real.again_of, real.dry) == (dry, False)
    finding = real.findings.get()
    assert (finding.result, finding.fingerprint) == (
        "proposed",
        dry.findings.get().fingerprint,
    )
    # What came in since is not among the same inputs.
    assert finding.counts == dry.findings.get().counts
