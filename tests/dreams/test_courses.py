"""What runs called is kept once for all, and says the same as their digests."""

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.calls import call_of
from reviews.dreams.mining.digests import brief_of, decode, samples_of
from reviews.dreams.mining.extraction import tally
from reviews.dreams.mining.states import State
from reviews.dreams.mining.thresholds import DEFAULTS
from reviews.examples import generator
from reviews.traces.steps import Facts
from tests.dreams.stories import call, fails, run, says

ENGINE = Offline()
TOOLS = st.sampled_from(["find_item", "get_item", "change_item", "close_case"])
ARGUMENTS = st.dictionaries(st.sampled_from(["item", "note"]), st.text(max_size=8))
SAID = st.sampled_from(["Error: item is locked", "Error: no note 17 here", "Timeout"])
CALLS = st.one_of(
    st.builds(call, TOOLS, ARGUMENTS), st.builds(fails, TOOLS, ARGUMENTS, SAID)
)


def documents(*runs):
    return [ENGINE.evaluate(*one).digest for one in runs]


def example(count=120):
    return [
        ENGINE.evaluate(
            Facts(made.external_id, generator.agent_of(made), made.task or "none"),
            made.steps,
        ).digest
        for made in generator.records(count)
    ]


def calls_in(state):
    return [list(state.courses.calls(course)) for course in state.courses.runs]


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(CALLS, max_size=6)), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_course_is_the_calls_of_its_digest_in_their_order(told):
    runs = [
        run(f"r{number}", says("go"), *parts, group=f"g{group}")
        for number, (group, parts) in enumerate(told)
    ]
    state = State(documents(*runs))

    assert calls_in(state) == [
        [call_of(one.words, one.faults, row) for row in one.rows]
        for one in state.digests()
    ]
    assert [one.group for one in state.courses.runs] == _numbered(state)


def test_whoever_counts_leaves_the_same_courses_as_whoever_only_asks_for_them():
    asked, counted = State(example()), State(example())
    tally(counted, DEFAULTS)

    assert calls_in(asked) == calls_in(counted)
    assert [one.tools for one in asked.courses.runs] == [
        one.tools for one in counted.courses.runs
    ]
    assert asked.courses.using == counted.courses.using
    assert asked.courses.said == counted.courses.said


def test_calls_that_are_alike_in_two_runs_are_known_once():
    runs = [
        run(f"r{n}", says("go"), call("get_item"), call("close_case")) for n in range(9)
    ]

    assert len(State(documents(*runs)).courses.known) == 2


def test_how_a_call_failed_tells_it_from_one_that_went_well_and_its_numbers_do_not():
    runs = [
        run(f"r{n}", says("go"), fails("get_item", {}, f"Error: no item {n}{n}{n}"))
        for n in range(10, 14)
    ]
    runs.append(run("good", says("go"), call("get_item")))

    known = State(documents(*runs)).courses.known

    assert sorted(one.failing is None for one in known) == [False, True]


def test_a_digest_read_in_part_is_the_digest():
    for document in example():
        whole, brief, sampled = (
            decode(document),
            brief_of(document),
            samples_of(document),
        )
        assert brief.rows == whole.rows
        for name in set(whole.__struct_fields__) - {"rows", "samples", "read"}:
            assert getattr(brief, name) == getattr(whole, name)
        assert sampled.samples == whole.samples
        assert sampled.group == whole.group


def test_names_do_not_hang_on_the_order_in_which_calls_were_met():
    first, second = (decode(one) for one in documents(
        run("a", says("go"), call("get_item"), call("close_case")),
        run("b", says("go"), call("close_case"), call("get_item")),
    ))  # fmt: skip

    assert first.calls == second.calls[8:] + second.calls[:8]


def _numbered(state):
    numbers: dict[str, int] = {}
    return [numbers.setdefault(one.group, len(numbers) + 1) for one in state.digests()]
