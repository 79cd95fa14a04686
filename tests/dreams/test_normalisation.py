"""Steps become calls that failed, went well, or were stopped by a person."""

from reviews.dreams.mining.normalisation import calls
from reviews.traces.steps import Step
from tests.dreams.stories import call, fails, says, steps, stopped

REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it"
    " was a file edit, the new_string was NOT written to the file). "
)


def test_answers_belong_to_their_calls_by_id_or_else_by_order():
    made = [
        Step(0, "tool_call", "agent", "{}", "a", "1"),
        Step(1, "tool_call", "agent", "{}", "b", "2"),
        Step(2, "tool_result", "tool", "of b", "b", "2"),
        Step(3, "tool_result", "tool", "of a", "a", "1"),
        Step(4, "tool_call", "agent", "{}", "c"),
        Step(5, "tool_result", "tool", "of c", "c"),
    ]

    assert [one.result.text for one in calls(made)] == ["of a", "of b", "of c"]


def test_a_flag_decides_where_the_trace_has_flags():
    flagged = calls(steps(fails("a", {}, "boom"), call("a", {}, "Error: only a word")))
    bare = calls(steps(call("a", {}, "Error: no such order"), call("a", {}, "fine")))

    assert [one.failed for one in flagged] == [True, False]
    assert [one.failed for one in bare] == [True, False]


def test_a_stop_is_feedback_with_its_reason_and_no_error():
    [said] = calls(
        steps(
            stopped(
                "Bash", {"command": "git push"}, REFUSED + "the user said: rebase first"
            )
        )
    )

    assert not said.failed
    assert said.stop is not None
    assert said.reason is not None
    assert said.reason.text == "rebase first"
    assert said.stop.text[said.reason.start : said.reason.end] == "rebase first"


def test_a_stop_without_a_reason_takes_what_the_person_types_next():
    quiet = REFUSED + "STOP what you are doing and wait for the user to tell you how."
    spoken = calls(
        steps(
            stopped("Edit", {"path": "a"}, quiet),
            says("[Request interrupted by user for tool use]"),
            says("let's cut a branch first"),
        )
    )
    silent = calls(
        steps(
            stopped("Edit", {}, quiet),
            says("I understand.", "agent"),
            says("go on then"),
        )
    )

    assert spoken[0].reason is not None
    assert (spoken[0].reason.text, spoken[0].reason.step) == (
        "let's cut a branch first",
        3,
    )
    assert silent[0].reason is None


def test_failures_that_only_follow_from_another_are_left_out():
    made = calls(
        steps(
            fails("Read", {}, "File does not exist."),
            fails(
                "Read", {}, "<tool_use_error>Sibling tool call errored</tool_use_error>"
            ),
        )
    )

    assert len(made) == 1


def test_a_compound_command_is_blamed_for_the_part_that_its_answer_names():
    [made] = calls(
        steps(
            fails(
                "Bash",
                {"command": "git fetch origin && git merge origin/main && git push"},
                "CONFLICT (content): Merge conflict in a.go",
            )
        )
    )

    assert made.names == ("git fetch", "git merge", "git push")
    assert made.blamed == "git merge"
