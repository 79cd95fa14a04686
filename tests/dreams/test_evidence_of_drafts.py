"""Quotes stand where a draft says, over several people, for and against."""

from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.digests import decode
from reviews.traces.steps import Step
from tests.dreams.stories import call, dream, fails, run, sliced, steps
from tests.dreams.test_mistakes import many

WRONG = fails(
    "exchange",
    {"order": "W-1001"},
    "Exit code 1\n  \nError: a closed order cannot be é\n",
)
RIGHT = call("exchange", {"order": "W-1001"})


def test_every_quote_is_a_range_of_the_stored_step():
    runs = many(4, WRONG) + many(4, RIGHT, start=4)
    outcome = dream(runs)

    found = sliced(runs, outcome)

    assert {text for quote, text in found if quote.stance == "for"} == {
        "Error: a closed order cannot be é"
    }
    assert {text for quote, text in found if quote.stance == "against"} == {
        '{"order":"W-1001"}'
    }


def test_quotes_are_spread_over_people_before_groups():
    runs = [run(f"a{n}", WRONG, person="ada") for n in range(20)]
    runs += [run(name, WRONG, person=name) for name in ("lin", "max", "vera")]

    [draft] = dream(runs).drafts

    spoken = [quote.person for quote in draft.quotes if quote.stance == "for"]
    assert set(spoken) == {"ada", "lin", "max", "vera"}
    assert len({quote.trace for quote in draft.quotes}) == len(draft.quotes)


def test_the_way_out_is_quoted_beside_the_failure():
    wrong = fails("pay", {"parts": [5, 6]}, "the parts are 11, the total is 12")
    runs = many(4, wrong, call("pay", {"parts": [5, 7]}))

    found = [text for quote, text in sliced(runs, dream(runs)) if quote.stance == "for"]

    assert "the parts are 11, the total is 12" in found
    assert '{"parts":[5,7]}' in found


def test_the_watermark_names_each_supporting_group_once():
    [draft] = dream([*many(5, WRONG), run("again", WRONG, group="task-0")]).drafts

    assert len(draft.groups) == len(set(draft.groups)) == draft.counts["groups"] == 5


def test_a_long_call_is_quoted_where_it_changed():
    long = {"aaa": "x" * 400, "city": "Rom"}
    runs = many(
        3,
        fails("ask", long, "unknown city, perhaps Rome"),
        call("ask", {**long, "city": "Rome"}),
    )

    texts = [text for quote, text in sliced(runs, dream(runs)) if quote.step % 4 == 2]

    assert '"city":"Rome"}' in texts


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["call", "fails"]),
            st.sampled_from(["Bash", "get", "put"]),
            st.text(max_size=60),
            st.text(max_size=120),
        ),
        max_size=12,
    )
)
def test_whatever_a_trace_holds_it_is_digested_the_same_way(told):
    makers = {"call": call, "fails": fails}
    made = steps(
        *(
            makers[kind](tool, {"command": given}, answer)
            for kind, tool, given, answer in told
        )
    )
    facts, _ = run("any")

    first, second = (Offline().evaluate(facts, made) for _ in range(2))

    assert first == second
    for signal in first.signals:
        assert 0 <= signal.start <= signal.end <= len(made[signal.step].text)
        assert len(signal.kind) <= 30
        assert len(signal.key) <= 300


WORDS = st.text(max_size=40) | st.sampled_from(
    [
        "Error: x", "Exit code 1", '{"error": "no"}', '{"a": [1, {"b": "PX123"}]}', "[]", "null",
        "The user doesn't want to proceed with this tool use. the user said: no, later",
        "Traceback (most recent call last):\n  f(x)\nKeyError: 'x'", "a.go:1:2: odd (rule)",
        '{"command": "git push && ls"}', "\u200bhidden", "\x1b[31mred\x1b[0m",
    ]
)  # fmt: skip
STEPS = st.lists(
    st.builds(
        Step,
        index=st.just(0),
        kind=st.sampled_from(
            [
                "message",
                "tool_call",
                "tool_result",
                "thinking",
                "error",
                "status",
                "stop",
            ]
        ),
        actor=st.sampled_from(["person", "agent", "tool", "system"]),
        text=WORDS,
        tool=st.sampled_from(["", "Bash", "get_order", "mcp__x__put"]),
        call=st.sampled_from(["", "1", "2"]),
        error=st.booleans(),
        web=st.booleans(),
    ),
    max_size=14,
)


@given(STEPS)
def test_no_trace_is_too_odd_to_be_digested(made):
    """Answers without calls, stops after answers, ids that repeat: all of it is read."""
    numbered = [
        Step(
            index,
            one.kind,
            one.actor,
            one.text,
            one.tool,
            one.call,
            one.error,
            web=one.web,
        )
        for index, one in enumerate(made)
    ]
    facts, _ = run("any")

    evaluation = Offline().evaluate(facts, numbered)

    digest = decode(evaluation.digest)
    assert digest.coverage[3] == len(numbered)
    spans = [fault.answer for fault in digest.faults] + [
        halt.said for halt in digest.halts
    ]
    for span in [*spans, *(sample.span for sample in digest.samples)]:
        assert 0 <= span.start <= span.end <= len(numbered[span.step].text)


def test_a_trace_without_end_stays_within_bounds():
    told = [
        fails("pay", {"id": f"PX{n}"}, f"Error: PX{n} is odd") for n in range(3_000)
    ]
    facts, made = run("endless", *told)

    evaluation = Offline().evaluate(facts, made)

    assert len(evaluation.digest) < 150_000
    assert len(evaluation.signals) <= 1_000
    assert decode(evaluation.digest).coverage[0] == 3_000
