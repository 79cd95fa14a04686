"""What the page of one dream says: fates, coverage, cost, waiting, dry runs, what it read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.dreams import dreams, leases, pipeline
from reviews.dreams.engines import registry
from reviews.dreams.models import Completion, Dream, Finding
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests.dreams.counting import Counting, rule_of
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

TOOLS = ("book", "cancel", "mail", "refund", "ship")


@pytest.fixture(autouse=True)
def counting(monkeypatch):
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")


@pytest.fixture
def store(team):
    store = a_dreaming_store(runs=3, name="refunds", team=team)
    agent = store.subscriptions.get().agent
    for tool in TOOLS:
        if tool != "refund":
            import_runs(agent, *[a_failing_run(number, tool) for number in range(3)])
    return store


def dream_of(store, **options):
    return pipeline.run_inline(
        dreams.start(store, by=ADA, engine="counting", **options)
    )


@pytest.fixture
def dreamt(store):
    return dream_of(store)


def page(client, dream, query=""):
    return client.get(f"/dreams/{dream.pk}/{query}").content.decode()


def test_the_fates_of_what_was_proposed_are_counted(as_ada, dreamt):
    first, second, third, fourth, _ = Proposal.objects.order_by("pk")
    decisions.approve(first, by=ADA, hold=0)
    decisions.edit_and_approve(second, texts={0: "Mind it."}, by=ADA, hold=3600)
    decisions.reject(third, by=ADA, reason="One person's habit.")
    decisions.request_changes(fourth, by=ADA, reason="Shorter.")

    shown = page(as_ada, dreamt)

    for words in (
        "approved",
        "approved after an edit",
        "rejected",
        "sent back",
        "open",
    ):
        assert f'<b class="num">1</b> {words}</span>' in shown


def test_what_a_policy_or_a_person_took_over_in_other_words_counts_as_edited(
    as_ada, dreamt
):
    proposal = Proposal.objects.order_by("pk").first()
    decisions.edit_and_approve(proposal, texts={0: "Mind it."}, by=ADA, hold=3600)

    assert "after an edit" in page(as_ada, dreamt)


def test_findings_are_searched_by_their_words(as_ada, dreamt):
    found = page(as_ada, dreamt, "?q=SHIP+arguments")
    nothing = page(as_ada, dreamt, "?q=submarine")

    assert "<code>ship</code>" in found
    assert "<code>book</code>" not in found
    assert "Nothing that it found has these words." in nothing


def test_coverage_is_shown_as_so_many_of_so_many(as_ada, dreamt):
    dreamt.coverage = {"calls": 11424, "calls_answered": 11000, "runs": 9, "rated": 9}
    dreamt.save()

    shown = page(as_ada, dreamt)

    assert "11,000 of 11,424 calls have a result" in shown
    assert '<progress value="11000" max="11424"' in shown
    assert "96%" in shown
    assert "For most runs nobody said" not in shown


def test_low_coverage_says_in_words_what_it_means(as_ada, dreamt):
    dreamt.coverage = {"runs": 1000, "rated": 499, "failures": 0}
    dreamt.coverage["failures_with_signature"] = 0
    dreamt.save()

    shown = page(as_ada, dreamt)

    assert "499 of 1,000 runs have an outcome" in shown
    assert "49%" in shown
    assert "For most runs nobody said how they ended" in shown
    # Of nothing, nothing is missing.
    assert "0 of 0 failures say what failed" in shown
    assert "Most failures say nothing" not in shown


def test_unreadable_traces_are_counted_and_listed(as_ada, store, monkeypatch):
    evaluate = Counting.evaluate

    def trips(self, facts, steps):
        if facts.trace == "ship-1":
            raise RecursionError
        return evaluate(self, facts, steps)

    monkeypatch.setattr(Counting, "evaluate", trips)
    dream = dream_of(store)

    shown = page(as_ada, dream)
    listed = as_ada.get(f"/dreams/{dream.pk}/traces/?which=unreadable").content.decode()

    assert "14 of 15 traces could be read" in shown
    assert f"/dreams/{dream.pk}/traces/?which=unreadable" in shown
    assert "do ship number 1." in listed
    assert "do ship number 2." not in listed


def test_what_it_read_marks_what_was_new(as_ada, store, dreamt):
    import_runs(store.subscriptions.get().agent, a_failing_run(99))
    later = dream_of(store)

    everything = as_ada.get(f"/dreams/{later.pk}/traces/").content.decode()
    new = as_ada.get(f"/dreams/{later.pk}/traces/?which=new").content.decode()

    assert everything.count('<span class="chip">new</span>') == 1
    assert everything.count("data-row>") == 16
    assert new.count("data-row>") == 1
    assert "do refund number 99." in new


def test_the_first_dream_calls_everything_new(as_ada, dreamt):
    shown = as_ada.get(f"/dreams/{dreamt.pk}/traces/").content.decode()

    assert shown.count('<span class="chip">new</span>') == 15


def test_a_dream_that_never_read_has_no_list_of_traces(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="counting")

    assert as_ada.get(f"/dreams/{dream.pk}/traces/").status_code == 404


def test_what_it_read_asks_as_many_queries_for_many_traces_as_for_few(
    flat_queries, store
):
    dream = dream_of(store)
    agent = store.subscriptions.get().agent
    numbers = iter(range(100, 200))

    def a_trace():
        import_runs(agent, a_failing_run(next(numbers)))
        Dream.objects.filter(pk=dream.pk).update(watermark=timezone.now())

    flat_queries(f"/dreams/{dream.pk}/traces/", add_row=a_trace)


def test_the_page_asks_as_many_queries_for_many_findings_as_for_few(
    flat_queries, dreamt
):
    def a_finding():
        Finding.objects.create(
            dream=dreamt,
            position=dreamt.findings.count() + 100,
            result=Finding.Result.REFUSED,
            statement="Mind it.",
            code="generic",
        )

    flat_queries(f"/dreams/{dreamt.pk}/", add_row=a_finding, most=20)


def test_what_it_waits_for_stands_at_its_stage_and_when_it_is_looked_at(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="counting")
    lease = leases.claim(dream.pk)
    dream.refresh_from_db()
    at = timezone.now() + timedelta(minutes=30)
    started = {"started": timezone.now().isoformat()}
    waiting = started | {"waiting": "14 of 60 answers are there"}
    lease.renew(stage="draft", stages={"read": started, "draft": waiting})
    lease.rest(at)

    shown = page(as_ada, dream)

    assert "waits: 14 of 60 answers are there" in shown
    assert "It waits for somebody else's machine: 14 of 60 answers are there." in (
        shown.replace("&#x27;", "'")
    )
    assert at.strftime("%H:%M") in shown
    assert "No worker is running" not in shown


def test_a_stage_that_moves_nothing_for_long_is_named(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="counting")
    lease = leases.claim(dream.pk)
    long_ago = (timezone.now() - timedelta(minutes=14)).isoformat()
    lease.renew(stage="extract", stages={"extract": {"started": long_ago}})

    shown = page(as_ada, dream)

    assert "Extracting has moved nothing for 14 min" in shown
    assert "cancel the dream and try it again" in shown


def test_an_evaluation_that_goes_on_shard_by_shard_is_not_stuck(
    as_ada, store, monkeypatch
):
    monkeypatch.setattr(dreams, "SHARD_SIZE", 5)
    dream = dreams.start(store, by=ADA, engine="counting")
    first, *_ = pipeline.advance(dream.pk)
    dream.refresh_from_db()
    dream.stages["evaluate"]["started"] = "2026-01-01T00:00:00+00:00"
    dream.save(update_fields=["stages"])

    assert "has moved nothing" in page(as_ada, dream)
    pipeline.shards.evaluate(first)

    assert "has moved nothing" not in page(as_ada, dream)


def test_cost_is_told_in_all_and_per_change_that_was_accepted(as_ada, dreamt):
    dreamt.cost, dreamt.usage = 0.8, {"input_tokens": 470_000, "output_tokens": 60_000}
    dreamt.save()
    nothing_yet = page(as_ada, dreamt)
    for proposal in Proposal.objects.order_by("pk")[:2]:
        decisions.approve(proposal, by=ADA, hold=0)

    shown = page(as_ada, dreamt)

    assert "nothing was accepted yet" in nothing_yet
    assert "$0.80" in shown
    assert "$0.40" in shown
    assert "470,000" in shown
    assert "$2.00 a dream" in shown


def test_a_dream_that_asked_nobody_says_so(as_ada, dreamt):
    assert "No model was asked: it thought by itself." in page(as_ada, dreamt)


def test_prompts_are_told_by_their_hash_and_model(as_ada, dreamt):
    for number in range(3):
        Completion.objects.create(
            team=dreamt.store.team,
            dream=dreamt,
            purpose="judge",
            name=f"judge-{number}",
            model="claude-sonnet-5-5",
            prompt_sha256="ab" * 32,
            state="answered" if number else "failed",
        )

    shown = page(as_ada, dreamt)

    assert "abababababababab" in shown
    assert "claude-sonnet-5-5" in shown
    assert '<td class="num">3</td><td class="num">2</td>' in shown


def test_a_dry_run_shows_each_draft_with_its_diff_and_its_quotes(as_ada, store):
    dream = dream_of(store, dry=True)

    shown = page(as_ada, dream)

    assert "A dry run: nothing was proposed." in shown
    assert "Would be proposed" in shown
    assert "would propose 5" in shown
    assert "5 proposals" not in shown
    assert shown.count('class="diff"') == 5
    assert shown.count("exceeds the order&#x27;s total</blockquote>") == 15
    assert "/at/2/#s2" in shown
    assert f'href="/dreams/{dream.pk}/again/?for=real"' in shown
    assert "Discard" not in shown


def test_a_dry_run_tells_past_runs_and_calls_done_right_as_the_desk_does(as_ada, store):
    dream = dream_of(store, dry=True)
    finding = dream.findings.filter(result="would").first()
    counts = {"groups": 4, "opportunities": 9, "against": 1, "failing_with": 4}
    tried = {"would_apply": 1200, "would_prevent": 3, "collateral": 1}
    finding.counts = counts | tried
    finding.draft["draft"]["counts"] = counts
    finding.draft["draft"]["quotes"][0]["stance"] = "against"
    finding.save()

    shown = page(as_ada, dream)

    assert "would have applied in 1,200 runs: 3 had the failure, 1 were fine" in shown
    assert "1,196 are not known" in shown
    assert shown.count("Done right already") == 1
    assert "in 4 groups, 1 against" in shown


def test_quotes_of_erased_runs_are_missed_and_counted(as_ada, store):
    dream = dream_of(store, dry=True)
    store.subscriptions.get().agent.traces.filter(external_id="ship-1").delete()

    shown = page(as_ada, dream)

    assert "1 quote cannot be read any more" in shown
    assert shown.count("exceeds the order&#x27;s total</blockquote>") == 14


def test_a_rule_that_is_confirmed_is_listed_apart(as_ada, dreamt):
    Finding.objects.create(
        dream=dreamt,
        position=99,
        result=Finding.Result.CONFIRMED,
        statement="Look first.",
        reason="/tools.md: 6 of 6 runs did.",
    )

    shown = page(as_ada, dreamt)

    assert "rule of memory that is followed" in shown
    assert "6 of 6 runs did." in shown


def test_searching_replaces_the_findings_alone(as_ada, dreamt):
    answer = htmx(as_ada.get, f"/dreams/{dreamt.pk}/", {"q": "ship"})

    assert 'id="found"' in answer.content.decode()
    assert rule_of("ship").replace("`ship`", "<code>ship</code>") in (
        answer.content.decode()
    )
