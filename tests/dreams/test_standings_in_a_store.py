"""What agents read, and what people took out or decided, reaches the engine of a dream."""

import pytest

from reviews.dreams import dreams, heads, pipeline
from reviews.dreams.models import Finding
from reviews.memory import stores
from reviews.traces import intake, readings
from reviews.traces.steps import Record, Step
from tests.factories import ADA, SETUP, a_store, a_version, an_agent

pytestmark = pytest.mark.django_db

RULE = "# Credits\n\n- Always run `verify_invoice` before `issue_credit`.\n"


def a_run(name, *, wrong):
    """A run of its own task that verifies the invoice, at once or after a refusal."""
    made = [Step(0, "message", "person", f"Credit invoice {name}, please.")]
    calls = [("issue_credit", "Conflict: invoice is not verified")] if wrong else []
    calls += [("verify_invoice", ""), ("issue_credit", "")]
    for number, (tool, error) in enumerate(calls):
        call, at = f"c{number}", len(made)
        text = '{"invoice": "INV-20001"}'
        made.append(Step(at, "tool_call", "agent", text, tool, call))
        answer = error or "ok"
        made.append(
            Step(at + 1, "tool_result", "tool", answer, tool, call, error=bool(error))
        )
    return Record(
        external_id=name, format="dreamboard", person=f"person-{len(name)}{name[-1]}",
        task=f"task-{name}", steps=made,
    )  # fmt: skip


def dreamt(store):
    dream = pipeline.run_inline(dreams.start(store, by=ADA))
    return list(Finding.objects.filter(dream=dream, result=Finding.Result.CONFIRMED))


def test_a_rule_that_the_runs_read_and_follow_is_confirmed_on_the_dream():
    store = a_store()
    agent = an_agent(store.team, "clerk")
    stores.subscribe(agent, store, by=SETUP)
    early = [a_run(f"early-{n}", wrong=True) for n in range(6)]
    version = a_version(store, credits=RULE)
    late = [a_run(f"late-{n}", wrong=False) for n in range(12)]
    for one in late:
        readings.record(agent, store, version.number, run=one.external_id)
    intake.accept(agent, [*early, *late], by=SETUP)

    [confirmed] = dreamt(store)

    assert confirmed.statement == "Always run `verify_invoice` before `issue_credit`."
    assert "0 of 12 groups that read it still show this" in confirmed.reason


def test_a_head_knows_since_when_a_rule_stands_and_what_stood_before():
    store = a_store()
    first = a_version(store, credits=RULE)
    second = a_version(store, credits="# Credits\n\n- Be polite to all.\n")

    head = heads.read(store, since=first.at)

    assert [(one.text, one.since) for one in head.rules] == [
        ("Be polite to all.", second.number)
    ]
    assert [one.text for one in head.past] == [
        "Always run `verify_invoice` before `issue_credit`."
    ]
    assert heads.read(store).past == ()
    assert head.name == store.name
