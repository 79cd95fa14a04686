"""What was seen long ago counts for less, and a proposal does not outlive its pattern."""

import random

import pytest

from reviews.audit.models import LedgerEntry
from reviews.dreams import dreams, fadings, pipeline
from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining import fading, support, thresholds
from reviews.dreams.mining.subjects import mark
from reviews.dreams.models import Dream
from reviews.memory import stores
from reviews.proposals import threads
from reviews.proposals.models import Proposal
from reviews.traces import intake
from reviews.traces.steps import Record, Step
from tests.dreams.stories import call, codes, dream, fails, rules, run, says
from tests.factories import ADA, SETUP, a_store, an_agent

LIMITS = thresholds.DEFAULTS
TOLD = "Bookings must be made before noon"
FADED = "faded"


def a_refused_booking(number, day, agent="clerk"):
    told = [says("Book it."), fails("book", {"hour": number}, f"Error: {TOLD}")]
    return run(f"{agent}-{number}", *told, day=day, agent=agent)


def an_idle_run(number, day, agent="clerk"):
    return run(
        f"{agent}-idle-{number}", says("Hi."), call("look"), day=day, agent=agent
    )


def test_what_nobody_has_seen_for_a_month_is_not_proposed():
    seen = [a_refused_booking(number, "2026-03-01") for number in range(9)]

    assert rules(dream([*seen, an_idle_run(0, "2026-03-30")]))
    late = dream([*seen, an_idle_run(0, "2026-04-02")])

    assert not rules(late)
    assert FADED in codes(late).values()


def test_a_few_sightings_of_long_ago_do_not_come_back_with_one_of_today():
    days = ["2026-01-01", "2026-01-02"]
    seen = [a_refused_booking(number, day) for number, day in enumerate(days)]
    [life] = lives(seen)
    assert life.support == pytest.approx(1.977, abs=0.001)

    [life] = lives([*seen, an_idle_run(0, "2026-03-02")])

    assert life.support == pytest.approx(0.5, abs=0.02)
    assert life.age == 59
    assert not life.is_fresh(LIMITS)


def test_an_agent_that_ran_long_ago_has_not_faded_beside_one_of_today():
    old = [a_refused_booking(number, "2024-05-01", "archive") for number in range(4)]

    assert rules(dream([*old, an_idle_run(0, "2026-05-01", "clerk")]))


def test_runs_of_no_known_day_are_as_new_as_any():
    assert rules(dream([a_refused_booking(number, "") for number in range(4)]))


def test_a_life_does_not_hang_on_the_order_of_runs():
    seen = [
        a_refused_booking(number, f"2026-03-{1 + number * 7 % 28:02}")
        for number in range(25)
    ]
    shuffled = random.Random(3).sample(seen, len(seen))

    assert lives(seen) == lives(shuffled)


def test_support_and_triggers_tell_of_the_same_life():
    seen = [a_refused_booking(number, f"2026-03-0{1 + number}") for number in range(9)]
    engine = Offline()
    state = engine.reduce([engine.evaluate(*one).digest for one in seen])
    held = support.Support()
    for digest in state.digests():
        held.add(digest, digest.faults[0].answer)

    by_support = fading.of_support(
        held, {"clerk": support.ordinal("2026-03-09")}, LIMITS
    )

    assert [by_support] == lives(seen)


def lives(runs):
    """The life of the one pattern that these runs show."""
    engine = Offline()
    state = engine.reduce([engine.evaluate(*one).digest for one in runs])
    [said] = {
        mark(digest.words[fault.tool], digest.words[fault.template])
        for digest in state.digests()
        for fault in digest.faults
    }
    return engine.lives(state, [{"marks": said, "tool": "book"}], engine.settings())


def a_record(number, day, *, failing):
    steps = [Step(0, "message", "person", "Book it.")]
    told = f"Error: {TOLD}" if failing else "done"
    steps += [
        Step(1, "tool_call", "agent", f'{{"hour": {number}}}', "book", "c"),
        Step(2, "tool_result", "tool", told, "book", "c", error=failing),
    ]
    return Record(
        external_id=f"run-{day}-{number}",
        format="dreamboard",
        person=f"person-{number % 3}",
        task=f"task-{day}-{number}",
        started_at=f"{day}T10:00:00Z",
        steps=steps,
    )


@pytest.fixture
def store(db):
    """A store whose agent met one failure in March, and a dream that proposed a rule."""
    store = a_store()
    agent = an_agent(store.team, "clerk")
    stores.subscribe(agent, store, by=SETUP)
    seen = [a_record(number, "2026-03-01", failing=True) for number in range(5)]
    intake.accept(agent, seen, by=SETUP)
    dream_of(store)
    assert Proposal.objects.get().state == "open"
    return store


def time_passes(store, day):
    agent = store.subscriptions.get().agent
    quiet = [a_record(number, day, failing=False) for number in range(3)]
    intake.accept(agent, quiet, by=SETUP)


def dream_of(store, **more):
    ended = pipeline.run_inline(dreams.start(store, by=ADA, engine="offline", **more))
    assert ended.state == Dream.State.COMPLETED, ended.error
    return ended


def test_a_proposal_whose_pattern_has_faded_is_withdrawn_and_the_dream_says_so(store):
    time_passes(store, "2026-09-01")

    ended = dream_of(store)

    assert Proposal.objects.get().state == "withdrawn"
    assert "Withdrew 1 open proposal: its pattern has faded." in ended.notes
    finding = ended.findings.get(code=fadings.FADED)
    assert finding.proposal == Proposal.objects.get()
    entry = LedgerEntry.objects.get(action="proposal.discarded")
    assert "184 days before the newest run" in entry.content


def test_a_proposal_that_a_person_has_spoken_about_outlives_its_pattern(store):
    threads.say(Proposal.objects.get(), by=ADA, text="I will see to it.")
    time_passes(store, "2026-09-01")

    ended = dream_of(store)

    assert Proposal.objects.get().state == "open"
    assert not any("Withdrew" in note for note in ended.notes)


def test_a_proposal_is_not_withdrawn_while_half_of_a_sighting_is_left(store):
    time_passes(store, "2026-05-20")

    ended = dream_of(store)

    assert not ended.findings.filter(result="proposed").exists()
    assert Proposal.objects.get().state == "open"


def test_a_dry_run_withdraws_nothing(store):
    time_passes(store, "2026-09-01")

    dream_of(store, dry=True)

    assert Proposal.objects.get().state == "open"
