"""Chat trajectories become traces with paired calls and an outcome."""

import json
from typing import Any

import pytest

from reviews.traces import formats
from reviews.traces.formats import Record, Unreadable


def tool_call(identity: str, name: str, arguments: str = "{}") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": identity, "type": "function", "function": function}],
    }


def result(identity: str, name: str, content: str) -> dict[str, Any]:
    return {
        "role": "tool",
        "tool_call_id": identity,
        "name": name,
        "content": content,
    }


def a_run(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    run: dict[str, Any] = {"task_id": 7, "trial": 2, "reward": 1.0, "traj": messages}
    run["info"] = {"task": {"user_id": "mei_7"}, "reward_info": None}
    return run | fields


def read(tmp_path, *runs: dict[str, Any]) -> list[Record]:
    path = tmp_path / "runs.json"
    path.write_text(json.dumps(runs))
    found = list(formats.read(path))
    assert all(isinstance(entry, Record) for entry in found), found
    return found  # type: ignore[return-value]


def test_a_run_is_named_by_task_and_trial_and_grouped_by_task(tmp_path):
    (record,) = read(tmp_path, a_run({"role": "user", "content": "Hi"}))

    assert record.external_id == "7.2"
    assert record.task == "7"
    assert record.person == "mei_7"
    assert (record.reward, record.outcome) == (1.0, "success")


@pytest.mark.parametrize(
    ("reward", "outcome"),
    [(1.0, "success"), (1, "success"), (0.0, "failure"), (0.5, "failure"), (None, "")],
)
def test_a_reward_below_one_is_a_failure_and_none_is_unknown(tmp_path, reward, outcome):
    (record,) = read(tmp_path, a_run({"role": "user", "content": "x"}, reward=reward))

    assert record.outcome == outcome


def test_repeated_ids_pair_a_result_with_the_call_right_before_it(tmp_path):
    (record,) = read(
        tmp_path,
        a_run(
            {"role": "system", "content": "Policy"},
            tool_call("call_1", "get_user", '{"id": "a"}'),
            result("call_1", "get_user", "Error: user not found"),
            tool_call("call_1", "get_order", '{"id":"b"}'),
            result("call_1", "get_order", "fine"),
        ),
    )

    policy, first, failed, second, fine = record.steps
    assert (policy.actor, policy.provenance) == ("system", "operator")
    assert first.call == failed.call != second.call == fine.call
    assert (failed.error, fine.error) == (True, False)
    # The arguments stay in the very serialisation that was received.
    assert (first.text, second.text) == ('{"id": "a"}', '{"id":"b"}')


def test_several_calls_in_one_message_are_paired_by_id_whatever_the_order(tmp_path):
    both = tool_call("a", "one")
    both["tool_calls"] += tool_call("b", "two")["tool_calls"]
    both["content"] = "Let me look."

    (record,) = read(
        tmp_path, a_run(both, result("b", "two", "2"), result("a", "one", "1"))
    )

    words, one, two, result_two, result_one = record.steps
    assert words.text == "Let me look."
    assert (result_two.call, result_one.call) == (two.call, one.call)


def test_what_no_column_holds_is_kept(tmp_path):
    (record,) = read(
        tmp_path,
        a_run({"role": "user", "content": "x"}, {"role": "oracle", "content": "?"}),
    )

    assert record.extra["info"] == {"task": {"user_id": "mei_7"}, "reward_info": None}
    assert record.extra["unknown"] == {"oracle": 1}


def test_messages_without_a_task_are_named_by_their_content(tmp_path):
    chat = {"messages": [{"role": "user", "content": "Hi"}]}

    first, second = read(tmp_path, chat, chat)

    assert first.external_id == second.external_id != ""


def test_a_malformed_run_is_refused_with_its_place_and_the_others_are_kept(tmp_path):
    bad = tool_call("a", "one")
    bad["tool_calls"] = [{"id": "a"}]
    path = tmp_path / "runs.json"
    good = a_run({"role": "user", "content": "x"})
    path.write_text("[\n" + json.dumps(a_run(bad)) + ",\n" + json.dumps(good) + "]")

    trouble, record = formats.read(path)

    assert trouble == Unreadable(
        str(path), 2, "a tool call must have a function", "traj[0].tool_calls[0]"
    )
    assert isinstance(record, Record)
