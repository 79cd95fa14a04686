"""What an agent sends is stored once, without its secrets, or it is said why not."""

import threading

import msgspec
import pytest
from django.db import connection

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.audit.models import LedgerEntry
from reviews.traces import bodies, intake
from reviews.traces.documents import Unreadable
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests.factories import an_agent
from tests.traces.runs import a_record, steps

pytestmark = pytest.mark.django_db
BY = Actor("agent", "billing")


def accept(agent, *records: Record) -> list[intake.Result]:
    return intake.accept(agent, records, by=BY)


def nested(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"in": value}
    return value


def statuses(results: list[intake.Result]) -> list[str]:
    return [result.status for result in results]


def test_a_trace_is_stored_with_its_steps_and_its_counts():
    agent = an_agent()
    told = [
        Step(0, "message", "person", "Refund me", at="2026-03-02T10:00:00Z"),
        Step(
            1, "tool_call", "agent", '{"amount":5}', tool="refund", call="c", tokens=7
        ),
        Step(
            2, "tool_result", "tool", "Error: no", tool="refund", call="c", error=True
        ),
        Step(3, "message", "agent", "Sorry", tokens=5, at="2026-03-02T10:01:00+01:00"),
    ]

    (result,) = accept(
        agent, a_record("run-1", steps=told, person="ada", outcome="failure", cost=0.5)
    )

    trace = Trace.objects.get()
    assert (result.status, result.trace) == ("stored", trace.pk)
    assert (trace.team, trace.agent, trace.person) == (agent.team, agent, "ada")
    assert (trace.step_count, trace.call_count, trace.error_count) == (4, 1, 1)
    assert (trace.token_count, trace.outcome, trace.cost) == (12, "failure", 0.5)
    assert trace.started_at.isoformat() == "2026-03-02T09:01:00+00:00"
    assert trace.happened_at == trace.started_at
    assert trace.month.day == 1
    assert bodies.steps_of(trace) == told


def test_importing_twice_adds_nothing():
    agent = an_agent()
    records = [a_record("run-1"), a_record("run-2")]

    first = accept(agent, *records)
    again = accept(agent, *records)

    assert statuses(first) == ["stored", "stored"]
    assert statuses(again) == ["duplicate", "duplicate"]
    assert [result.trace for result in again] == [result.trace for result in first]
    assert Trace.objects.count() == 2


def test_the_same_name_of_another_agent_is_another_trace():
    accept(an_agent(), a_record("run-1"))

    assert statuses(accept(an_agent(), a_record("run-1"))) == ["stored"]
    assert Trace.objects.count() == 2


def test_a_trace_that_has_grown_replaces_its_body_and_is_received_anew():
    agent = an_agent()
    accept(agent, a_record("run-1", "Hi", "Hello"))
    before = Trace.objects.get()

    (result,) = accept(
        agent, a_record("run-1", "Hi", "Hello", "Wombat, please", "Yes", reward=1.0)
    )

    after = Trace.objects.get()
    assert (result.status, result.trace) == ("extended", before.pk)
    assert (after.step_count, after.reward) == (4, 1.0)
    assert after.digest != before.digest
    assert after.received_at > before.received_at
    assert after.month == before.month
    assert [step.text for step in bodies.steps_of(after)][2:] == [
        "Wombat, please",
        "Yes",
    ]


def test_an_outcome_that_comes_later_is_added():
    agent = an_agent()
    accept(agent, a_record("run-1"))

    (result,) = accept(agent, a_record("run-1", outcome="success"))

    assert result.status == "extended"
    assert Trace.objects.get().outcome == "success"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (a_record("run-1", "Hi", "Goodbye", "More"), "steps[1]"),
        (a_record("run-1", "Hi"), "steps"),
        (a_record("run-1", "Hi", "Hello", outcome="failure"), "outcome"),
        (a_record("run-1", "Hi", "Hello", reward=0.0), "reward"),
        (a_record("run-1", "Hi", "Hello", person="eve"), "task"),
    ],
    ids=["other words", "fewer steps", "other outcome", "other reward", "other person"],
)
def test_any_other_difference_is_a_conflict_and_changes_nothing(changed, field):
    agent = an_agent()
    accept(agent, a_record("run-1", "Hi", "Hello", outcome="success", reward=1.0))
    before = Trace.objects.values().get()

    new, conflict = accept(agent, a_record("run-2"), changed)

    assert (conflict.status, conflict.field) == ("conflict", field)
    assert new.status == "stored"
    assert Trace.objects.values().get(external_id="run-1") == before


def test_token_counts_that_arrive_late_are_no_conflict():
    agent = an_agent()
    accept(agent, a_record("run-1", steps=steps("Hi", "Hello", tokens=2)))

    (result,) = accept(agent, a_record("run-1", steps=steps("Hi", "Hello", tokens=9)))

    assert result.status == "extended"
    assert Trace.objects.get().token_count == 18


def test_the_same_trace_several_times_in_one_batch_is_stored_once():
    agent = an_agent()

    results = accept(
        agent,
        a_record("run-1", "Hi"),
        a_record("run-1", "Hi"),
        a_record("run-1", "Hi", "Hello"),
        a_record("run-1", "Bye"),
    )

    assert statuses(results) == ["stored", "duplicate", "extended", "conflict"]
    assert Trace.objects.get().step_count == 2
    assert len(bodies.steps_of(Trace.objects.get())) == 2


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (a_record("x" * 201), "external_id"),
        (a_record("  "), "external_id"),
        (a_record("a\0b"), "external_id"),
        (a_record("r", steps=[]), "steps"),
        (a_record("r", started_at="yesterday"), "started_at"),
        (a_record("r", started_at="2026-03-02T10:00:00"), "started_at"),
        (
            a_record("r", steps=steps("a", "b", at="2026-13-01T00:00:00Z")),
            "steps[0].at",
        ),
        (a_record("r", tags=("ok", "x" * 81)), "tags[1]"),
        (a_record("r", read={"billing": -1}), "read.billing"),
        (a_record("r", steps=[Step(1, "message", "person", "x")]), "steps[0].index"),
        (a_record("r", read={"a\0b": 1}), "read"),
        (a_record("r", started_at="0001-01-01T00:00:00+14:00"), "started_at"),
        (a_record("r", ended_at="9999-12-31T23:59:59-14:00"), "ended_at"),
        (a_record("r", steps=steps("a", tokens=1 << 62)), "steps[0].tokens"),
        (a_record("run-ghp_" + "a1B2" * 9), "external_id"),
        (a_record("r", extra=nested(990)), "extra"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place_and_the_rest_is_kept(
    record, field
):
    refused, stored = accept(an_agent(), record, a_record("fine"))

    assert (refused.status, refused.field) == ("invalid", field)
    assert refused.reason
    assert stored.status == "stored"
    assert Trace.objects.get().external_id == "fine"


def test_secrets_are_taken_out_before_anything_is_stored_and_counted_by_kind():
    key = "AKIA" + "IOSFODNN7QWERTYZ"
    record = a_record(
        "run-1", f"use {key}", f"I used {key}", title=key, extra={"env": [{"k": key}]}
    )

    (result,) = accept(an_agent(), record)

    trace = Trace.objects.get()
    assert trace.redactions == result.redactions == {"aws-key": 4}
    stored = msgspec.json.encode(bodies.body_of(trace)).decode()
    assert key not in stored + trace.title
    assert bodies.steps_of(trace)[0].text == "use [redacted:aws-key]"
    with connection.cursor() as cursor:
        cursor.execute("SELECT search::text FROM reviews_trace")
        assert key.lower() not in cursor.fetchone()[0]


def test_names_hold_no_secrets_either():
    key = "AKIA" + "IOSFODNN7QWERTYZ"
    named = [Step(0, "tool_call", "agent", "{}", tool=key, call=key, agent=key)]
    record = a_record(
        "run-1", steps=named, person=key, task=key, model=key, tags=(key,)
    )

    accept(an_agent(), record)

    trace = Trace.objects.get()
    stored = msgspec.json.encode(bodies.body_of(trace)).decode()
    assert key not in stored + trace.person + trace.group + trace.model + trace.tags[0]
    assert trace.redactions == {"aws-key": 7}


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+00:00:30"])
def test_a_time_is_kept_whatever_its_offset(offset):
    (result,) = accept(
        an_agent(), a_record("r", started_at=f"2026-03-02T10:00{offset}")
    )

    assert result.status == "stored"


def test_nuls_and_any_script_survive_without_moving_an_offset():
    (result,) = accept(an_agent(), a_record("run-1", "a\0b 🔑 ü", "日本", task="a\0b"))

    assert result.status == "stored"
    first, second = bodies.steps_of(Trace.objects.get())
    assert first.text == "a\ufffdb 🔑 ü"
    assert second.text == "日本"


def test_runs_of_a_task_are_one_group_and_else_the_person_and_the_masked_opening():
    records = [
        a_record("1", task="refund-7", person="ada"),
        a_record("2", task="refund-7", person="bob"),
        a_record("3", "Refund order 4711 now", person="ada"),
        a_record("4", "refund order  4712 now", person="ada"),
        a_record("5", "Refund order 4711 now", person="bob"),
        a_record("6", "Cancel my flight", person="ada"),
    ]

    accept(an_agent(), *records)

    group = dict(Trace.objects.values_list("external_id", "group"))
    assert group["1"] == group["2"] == "refund-7"
    assert group["3"] == group["4"]
    assert len({group["1"], group["3"], group["5"], group["6"]}) == 4


def test_an_intake_is_one_line_in_the_ledger_and_none_if_nothing_changed():
    agent = an_agent()
    before = LedgerEntry.objects.count()

    accept(agent, a_record("1"), a_record("2"), a_record(""), a_record("2", "x"))
    accept(agent, a_record("1"))

    (entry,) = LedgerEntry.objects.order_by("id")[before:]
    assert entry.action == "traces.imported"
    facts = ledger.content_of(entry)["facts"]
    assert facts["results"]["stored"] == 2 + 1
    assert facts["results"]["conflict"] == 1


def test_a_stream_gives_every_entry_its_result_by_its_key():
    agent = an_agent()
    entries = [
        (1, a_record("run-1")),
        (2, Unreadable("x.json", 2, "cut off in the middle")),
        (3, a_record("run-1")),
    ]

    results = dict(intake.accept_stream(agent, entries, by=BY))

    assert {key: result.status for key, result in results.items()} == {
        1: "stored",
        2: "invalid",
        3: "duplicate",
    }
    assert results[2].reason == "cut off in the middle"


def test_the_number_of_queries_does_not_grow_with_the_batch(
    django_assert_max_num_queries,
):
    agent = an_agent()
    accept(agent, a_record())

    with django_assert_max_num_queries(20):
        accept(agent, *[a_record() for _ in range(50)])


@pytest.mark.django_db(transaction=True)
def test_eight_senders_of_the_same_trace_store_it_once():
    agent = an_agent()
    statuses: list[str] = []

    def send() -> None:
        statuses.extend(r.status for r in accept(agent, a_record("run-1", "Hi")))
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(statuses) == ["duplicate"] * 7 + ["stored"]
    assert Trace.objects.count() == 1


def test_a_trace_without_a_title_is_called_by_its_opening():
    accept(
        an_agent(),
        a_record("1", "\n Refund me \nplease"),
        a_record("2", title="A title"),
    )

    titles = Trace.objects.order_by("external_id").values_list("title", flat=True)
    assert list(titles) == ["Refund me", "A title"]
