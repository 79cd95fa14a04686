"""Managed Agents sessions become traces: who spoke, what was called, what people stopped."""

import json
from pathlib import Path

import pytest

from reviews.traces import formats, intake
from reviews.traces.formats import Record, managed_events
from tests.factories import SETUP, an_agent

FILES = Path(__file__).parents[3] / "shared" / "data" / "anthropic"
SESSION = {
    "id": "sesn_1",
    "type": "session",
    "title": "May close",
    "created_at": "2026-11-03T09:00:00Z",
    "agent": {"id": "agent_1", "name": "Billing", "model": {"id": "claude-opus-5"}},
    "metadata": {"person": "dana", "task": "may"},
    "resources": [
        {
            "type": "memory_store",
            "memory_store_id": "memstore_1",
            "access": "read_only",
            "mount_path": "/mnt/memory/rules",
        }
    ],
    "usage": {"list_cost": {"amount": "12", "currency": "USD"}},
}


def event(number, kind, second=None, **fields):
    moment = number if second is None else second
    return {
        "id": f"sevt_{number}",
        "type": kind,
        "processed_at": f"2026-11-03T09:00:{moment:02}Z",
    } | fields


def said(text):
    return [{"type": "text", "text": text}]


def record(*events, **more):
    return managed_events.record(SESSION, events, **more)


def told(found):
    return [(step.kind, step.actor, step.text) for step in found.steps]


def test_results_belong_to_the_event_of_their_call_whatever_kind_of_tool_it_was():
    found = record(
        event(1, "user.message", content=said("Close May.")),
        event(2, "agent.tool_use", name="bash", input={"command": "ls"}),
        event(3, "agent.mcp_tool_use", name="add", mcp_server_name="tracker", input={}),
        event(4, "agent.custom_tool_use", name="look_up", input={"id": 7}),
        event(
            5, "user.custom_tool_result", custom_tool_use_id="sevt_4", content=said("x")
        ),
        event(6, "agent.mcp_tool_result", mcp_tool_use_id="sevt_3", content=said("y")),
        event(
            7,
            "agent.tool_result",
            tool_use_id="sevt_2",
            content=said("z"),
            is_error=True,
        ),
    )

    pairs = [(s.kind, s.tool, s.call, s.error) for s in found.steps[1:]]
    assert pairs == [
        ("tool_call", "bash", "sevt_2", False),
        ("tool_call", "mcp__tracker__add", "sevt_3", False),
        ("tool_call", "look_up", "sevt_4", False),
        ("tool_result", "look_up", "sevt_4", False),
        ("tool_result", "mcp__tracker__add", "sevt_3", False),
        ("tool_result", "bash", "sevt_2", True),
    ]
    assert found.steps[3].text == '{"id":7}'
    assert (found.person, found.task, found.model) == ("dana", "may", "claude-opus-5")
    assert found.cost == pytest.approx(0.12)


def test_a_denied_tool_is_a_stop_by_a_person_and_its_answer_is_no_failure():
    found = record(
        event(1, "agent.tool_use", name="bash", input={}),
        event(
            2,
            "user.tool_confirmation",
            tool_use_id="sevt_1",
            result="deny",
            deny_message="Not in production.",
        ),
        event(
            3,
            "agent.tool_result",
            tool_use_id="sevt_1",
            content=said("no"),
            is_error=True,
        ),
        event(4, "user.interrupt"),
    )

    assert told(found)[1:] == [
        ("stop", "person", "Not in production."),
        ("status", "tool", "no"),
        ("stop", "person", ""),
    ]
    assert found.steps[1].call == "sevt_1"
    assert not any(step.error for step in found.steps)


def test_the_last_final_verdict_of_the_grader_is_the_outcome():
    def graded(number, result):
        return event(
            number, "span.outcome_evaluation_end", result=result, explanation="Because."
        )

    assert record(graded(1, "needs_revision")).outcome == ""
    assert (
        record(graded(1, "needs_revision"), graded(2, "satisfied")).outcome == "success"
    )
    assert record(graded(1, "max_iterations_reached")).outcome == "failure"
    assert told(record(graded(1, "satisfied"))) == [
        ("evaluation", "system", "satisfied: Because.")
    ]


def test_queued_events_wait_and_an_event_that_comes_twice_is_one_step():
    once = event(1, "user.message", content=said("Hello."))
    queued = once | {"id": "sevt_9", "processed_at": None}

    assert told(record(once, queued, once)) == [("message", "person", "Hello.")]


def test_what_came_from_outside_is_marked_as_such():
    found = record(
        event(1, "agent.tool_use", name="web_fetch", input={}),
        event(2, "agent.tool_result", tool_use_id="sevt_1", content=said("A page.")),
    )

    assert found.steps[1].provenance == "web"


def test_subagents_stand_among_the_others_by_time_under_their_name():
    found = record(
        event(1, "user.message", content=said("Check it.")),
        event(5, "agent.message", content=said("Done.")),
        threads={"checker": [event(3, "agent.message", content=said("Totals agree."))]},
    )

    assert [(step.agent, step.text) for step in found.steps] == [
        ("", "Check it."),
        ("checker", "Totals agree."),
        ("", "Done."),
    ]


def test_what_a_request_cost_is_on_the_step_that_came_of_it():
    found = record(
        event(1, "agent.message", content=said("Hello.")),
        event(
            2,
            "span.model_request_end",
            model_usage={
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_read_input_tokens": 900,
            },
        ),
    )

    assert [step.tokens for step in found.steps] == [15]


def test_an_event_of_a_kind_that_nobody_knows_is_counted_and_kept_out():
    found = record(
        event(1, "agent.dance"), event(2, "agent.message", content=said("x"))
    )

    assert told(found) == [("message", "agent", "x")]
    assert found.extra["unknown"] == {"agent.dance": 1}


@pytest.mark.django_db
def test_a_session_that_grew_is_extended_not_in_conflict():
    agent = an_agent()
    one = event(1, "user.message", content=said("Close May."))
    two = event(4, "agent.message", content=said("Done."))
    late = event(6, "agent.message", content=said("I looked, too."))

    first = intake.accept(agent, [record(one, two)], by=SETUP)
    grown = record(one, two, threads={"checker": [late]})
    second = intake.accept(agent, [grown], by=SETUP)

    assert [result.status for result in (*first, *second)] == ["stored", "extended"]


@pytest.mark.parametrize("layout", ["whole", "lines", "array", "two files"])
def test_a_session_is_read_in_every_layout_that_people_keep(tmp_path, layout):
    events = [event(1, "user.message", content=said("Close May."))]
    file = tmp_path / "one_events.json"
    if layout == "whole":
        file.write_text(json.dumps({"session": SESSION, "events": events}))
    elif layout == "lines":
        file.write_text("\n".join(map(json.dumps, [SESSION, *events])))
    elif layout == "array":
        file.write_text(json.dumps([SESSION, *events]))
    else:
        file.write_text(json.dumps(events))
        (tmp_path / "one_session.json").write_text(json.dumps(SESSION))

    found = list(formats.read(tmp_path))

    records = [entry for entry in found if isinstance(entry, Record)]
    assert [one.external_id for one in records] == ["sesn_1"]
    assert [one.empty for one in found if not isinstance(one, Record)] == [True] * (
        layout == "two files"
    )


def test_events_without_their_session_are_reported_not_guessed(tmp_path):
    file = tmp_path / "events.json"
    file.write_text(json.dumps([event(1, "user.message", content=said("x"))]))

    (found,) = formats.read(file)

    assert "session that is not here" in found.reason


@pytest.mark.shared
@pytest.mark.skipif(not FILES.is_dir(), reason="the samples are not here")
def test_the_samples_that_pass_the_sdk_are_read_whole():
    (found,) = [one for one in formats.read(FILES) if isinstance(one, Record)]

    assert (found.external_id, found.outcome) == ("sesn_01EXAMPLE", "success")
    assert "unknown" not in found.extra
    assert found.extra["stores"][0]["memory_store_id"] == "memstore_01EX"
    (stop, interrupt) = [step for step in found.steps if step.kind == "stop"]
    assert (stop.text, stop.tool) == (
        "Not in production.",
        "mcp__tracker__create_issue",
    )
    assert interrupt.text == ""
    assert [step.text for step in found.steps if step.kind == "evaluation"] == [
        "needs_revision: Dates are not ISO 8601.",
        "satisfied: All criteria met.",
    ]
    failed = [step for step in found.steps if step.error]
    assert [step.text for step in failed] == ["ValueError: month must be YYYY-MM"]
