"""Tonight's dream reads tonight's traces only, and knows what a dream from scratch would know."""

import itertools
from datetime import timedelta

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.dreams import dreams, heads, pipeline, shards
from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.states import State
from reviews.dreams.models import Digest, Dream
from reviews.dreams.windows import Window
from reviews.memory import stores
from reviews.proposals.models import Proposal
from reviews.traces import bodies, erasure, intake
from reviews.traces.models import Trace
from tests.dreams.factories import a_failing_run
from tests.factories import ADA, SETUP, a_store, an_agent

pytestmark = pytest.mark.django_db

ENGINE = Offline()
RUNS = [a_failing_run(number, "refund") for number in range(5)] + [
    a_failing_run(number, "cancel", "Error: order must be paid first")
    for number in range(4)
]
# What may happen to a run: it arrives or grows, it is rated, it is erased; or night falls.
ACTS = st.one_of(
    st.tuples(st.just("grow"), st.integers(0, 8), st.sampled_from([2, 3, 6])),
    st.tuples(
        st.just("rate"), st.integers(0, 8), st.sampled_from(["success", "failure"])
    ),
    st.tuples(st.just("erase"), st.integers(0, 8), st.none()),
    st.tuples(st.just("dream"), st.none(), st.none()),
)


class World:
    """A store and its agent, and what has happened so far."""

    def __init__(self):
        self.store = a_store()
        self.agent = an_agent(self.store.team, "shop")
        stores.subscribe(self.agent, self.store, by=SETUP)
        self.length = dict.fromkeys(range(len(RUNS)), 0)
        self.outcome = dict.fromkeys(range(len(RUNS)), "")

    def act(self, act, number, detail):
        getattr(self, act)(*([number, detail] if number is not None else []))

    def grow(self, number, length):
        self.length[number] = max(self.length[number], length)
        self._send(number)

    def rate(self, number, outcome):
        if self.length[number] and not self.outcome[number]:
            self.outcome[number] = outcome
            self._send(number)

    def erase(self, number, _):
        trace = Trace.objects.filter(external_id=RUNS[number].external_id).first()
        if trace is not None:
            erasure.erase(trace, by=ADA, reason="It is to be forgotten.")
            self.length[number], self.outcome[number] = 0, ""

    def dream(self, engine="offline"):
        started = dreams.start(self.store, by=ADA, engine=engine)
        ended = pipeline.run_inline(started)
        assert ended.state == Dream.State.COMPLETED, ended.error
        return ended

    def _send(self, number):
        run = msgspec.structs.replace(
            RUNS[number],
            steps=RUNS[number].steps[: self.length[number]],
            outcome=self.outcome[number],
        )
        [result] = intake.accept(self.agent, [run], by=SETUP)
        assert result.status in ("stored", "extended", "duplicate"), result.reason


def known(world, dream):
    """What the digests of the dream's window fold into."""
    window = Window(world.store, dream.window_start, dream.watermark, ENGINE.evaluator)
    return ENGINE.reduce(window.documents())


def rebuilt():
    """The same from nothing but the traces as they are now."""
    traces = Trace.objects.values_list("pk", flat=True)
    read = bodies.with_steps(list(traces))
    evaluated = (ENGINE.evaluate(bodies.facts_of(one), steps) for one, steps in read)
    return ENGINE.reduce(one.digest for one in evaluated)


def proposed(state, world):
    return ENGINE.propose(state, heads.read(world.store), ENGINE.settings())


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(ACTS, min_size=3, max_size=25))
def test_whatever_comes_grows_and_goes_an_increment_equals_a_rebuild(acts):
    with transaction.atomic():
        world = World()
        for act in acts:
            world.act(*act)
        world.grow(8, 6)
        last = world.dream()

        state = known(world, last)

        assert state == rebuilt()
        assert proposed(state, world) == proposed(rebuilt(), world)
        assert last.counts.get("digests", 0) == Trace.objects.count()
        transaction.set_rollback(True)


def test_tonight_reads_only_what_is_new_tonight():
    world = World()
    for number in range(6):
        world.grow(number, 6)
    assert world.dream().counts["evaluated"] == 6
    world.grow(6, 6)
    world.erase(0, None)
    world.rate(1, "failure")

    ended = world.dream()

    assert (ended.counts["evaluated"], ended.counts["digests"]) == (2, 6)


def test_after_nothing_but_erasures_a_dream_thinks_about_what_is_left():
    world = World()
    for number in range(6):
        world.grow(number, 6)
    world.dream()
    assert "No trace is new since" in world.dream().notes[0]
    for number in range(4):
        world.erase(number, None)

    ended = world.dream()

    assert (ended.counts["new"], ended.counts["digests"]) == (0, 2)
    assert known(world, ended) == rebuilt()
    assert ended.notes[0].startswith("4 traces of the last dream's window are gone")
    assert "No trace is new since" in world.dream().notes[0]


def test_after_nothing_but_ratings_a_dream_thinks_with_them():
    world = World()
    for number in range(6):
        world.grow(number, 6)
    world.dream()
    world.rate(0, "failure")
    world.rate(1, "success")

    ended = world.dream()

    assert (ended.counts["new"], ended.counts["evaluated"]) == (2, 2)
    assert known(world, ended) == rebuilt()


def test_after_everything_was_erased_nothing_that_it_taught_waits_any_more():
    world = World()
    for number in range(6):
        world.grow(number, 6)
    world.dream()
    for number in range(6):
        world.erase(number, None)

    ended = world.dream()

    assert Proposal.objects.get().state == "withdrawn"
    assert ended.notes[0].startswith("6 traces of the last dream's window are gone")


def test_what_has_become_too_old_for_the_window_counts_no_more():
    world = World()
    for number in range(6):
        world.grow(number, 6)
    first = world.dream()
    Trace.objects.filter(pk__lte=Trace.objects.earliest("pk").pk + 2).update(
        received_at=first.window_start + timedelta(microseconds=1)
    )

    ended = world.dream()

    assert (ended.counts["traces"], ended.counts["digests"]) == (3, 3)
    assert ended.notes[0] == (
        "3 traces of the last dream's window are too old for this one."
    )


def test_an_engine_that_is_paid_says_what_is_gone_and_how_to_have_it_thought_about():
    world = World()
    for number in range(6):
        world.grow(number, 6)
    world.dream("claude")
    world.erase(0, None)

    ended = world.dream("claude")

    assert "digests" not in ended.counts
    gone, again = ended.notes
    assert gone.startswith("1 trace of the last dream's window is gone: it was erased")
    assert again.endswith(f"dream it again, here or with --again {ended.pk}.")


@pytest.mark.parametrize("size", [1, 137, 500])
def test_shards_of_any_size_in_any_order_come_to_the_same(size, monkeypatch):
    monkeypatch.setattr(dreams, "SHARD_SIZE", size)
    world = World()
    for number in reversed(range(9)):
        world.grow(number, 6)
    started = dreams.start(world.store, by=ADA, engine="offline", here=True)

    for shard in reversed(pipeline.advance(started.pk)):
        shards.evaluate(shard, tries=1)
    ended = pipeline.run_inline(started)

    assert ended.state == Dream.State.COMPLETED
    assert known(world, ended) == rebuilt()


def test_of_two_digests_of_one_run_the_same_one_stays_whatever_came_first():
    world = World()
    made = []
    for length in (2, 3, 6):
        world.grow(0, length)
        world.dream()
        made.append(bytes(Digest.objects.get().document))

    states = [State(order) for order in itertools.permutations(made)]

    assert len(states[0]) == 1
    assert all(one == states[0] for one in states)
