"""The example's traces are the same for everybody, and look like real ones."""

import re
from collections import Counter
from itertools import islice
from statistics import mean

import msgspec

from reviews.examples import cast, generator
from reviews.traces import payloads


def test_the_same_seed_gives_the_same_traces_to_the_byte():
    assert list(generator.lines(60)) == list(generator.lines(60))
    assert list(generator.lines(60)) != list(generator.lines(60, seed=8))


def test_a_shorter_example_is_the_beginning_of_a_longer_one():
    longer = generator.records(1_000)

    assert list(islice(longer, 120)) == list(generator.records(120))


def test_leaving_out_the_first_gives_the_rest():
    assert list(generator.records(90, after=60)) == list(generator.records(90))[60:]


def test_a_trace_has_about_thirty_steps_and_twenty_five_kilobytes():
    made = list(generator.records(400))

    assert 27 <= mean(len(record.steps) for record in made) <= 33
    assert 20_000 <= mean(len(generator.line(record)) for record in made) <= 28_000
    assert all(len(record.steps) >= 15 for record in made)


def test_several_agents_and_fifteen_people_share_the_work():
    made = list(generator.records(300))

    assert {generator.agent_of(record) for record in made} == set(cast.AGENTS)
    assert {record.person for record in made} == set(cast.PEOPLE)
    assert len(cast.PEOPLE) >= 15
    teams = {tag for record in made for tag in record.tags if tag.startswith("team:")}
    assert len(teams) == len(cast.DESKS)


def test_some_tasks_are_worked_on_more_than_once_and_some_runs_have_none():
    made = list(generator.records(300))

    tasks = Counter(record.task for record in made)
    assert 60 <= tasks.pop("") <= 150
    assert sum(count > 1 for count in tasks.values()) >= 20
    assert max(tasks.values()) < 10


def test_any_beginning_covers_the_six_weeks_and_steps_follow_in_time():
    made = list(generator.records(100))

    days = {record.started_at[:10] for record in made}
    assert len(days) > 25
    assert (min(days)[:7], max(days)[:7]) == ("2026-10", "2026-11")
    for record in made:
        moments = [step.at for step in record.steps]
        assert moments == sorted(moments)
        assert record.started_at <= moments[0]
        assert moments[-1] <= record.ended_at


def test_calls_are_paired_with_their_results():
    for record in generator.records(100):
        calls = [step for step in record.steps if step.kind == "tool_call"]
        results = [step for step in record.steps if step.kind == "tool_result"]
        assert [(step.tool, step.call) for step in calls] == [
            (step.tool, step.call) for step in results
        ]
        assert len({step.call for step in calls}) == len(calls)
        assert all(isinstance(msgspec.json.decode(step.text), dict) for step in calls)


def test_a_part_of_the_runs_is_rated():
    made = list(generator.records(300))

    outcomes = Counter(record.outcome for record in made)
    assert outcomes["success"] > outcomes["failure"] > 20
    assert 90 <= outcomes[""] <= 210
    assert all((record.reward is None) == (record.outcome == "") for record in made)
    assert all(record.cost and record.cost < 5 for record in made)


def test_a_line_is_read_back_as_the_record_that_it_was_made_of():
    for record in generator.records(60):
        assert payloads.decode(generator.line(record)) == record


def test_nothing_in_it_can_reach_anybody():
    text = b"\n".join(generator.lines(300)).decode()

    addresses = set(_domains(text))
    assert addresses
    assert {
        name for name in addresses if not name.endswith((".test", "example.com"))
    } == set()


def _domains(text: str) -> list[str]:
    return re.findall(r"(?:@|://(?:[^\s/@\"]*@)?)([a-z0-9.-]+\.[a-z]{2,})", text)
