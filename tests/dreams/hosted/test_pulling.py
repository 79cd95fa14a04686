"""Sessions become traces, again and again, and each is one trace."""

import pytest

from reviews.dreams.hosted import sessions
from reviews.dreams.models import HostedStore
from reviews.memory.models import Subscription
from reviews.proposals.models import Proposal
from reviews.traces import bodies
from reviews.traces.models import Trace
from tests import factories
from tests.dreams.hosted.factories import RULES, a_link, a_session, said
from tests.loopback import limited

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosted(loopback):
    return a_link(loopback)


def told(trace):
    return [step.text for step in bodies.steps_of(trace)]


def test_a_session_becomes_a_trace_of_an_agent_that_reads_the_store(loopback, hosted):
    name = a_session(loopback, hosted, "Close May.")

    assert sessions.pull(hosted.pk)["stored"] == 1

    trace = Trace.objects.get()
    assert (trace.external_id, trace.agent.name) == (name, "Billing agent")
    assert Subscription.objects.filter(agent=trace.agent, store=hosted.store).exists()
    assert trace.readings.get().number == 1


def test_an_agent_that_was_here_before_is_brought_into_no_store(loopback, hosted):
    ours = factories.an_agent(hosted.store.team, "Billing agent")
    a_session(loopback, hosted, "Close May.")

    sessions.pull(hosted.pk)

    assert Trace.objects.get().agent == ours
    assert not ours.subscriptions.exists()
    hosted.refresh_from_db()
    assert "Billing agent was an agent here already" in hosted.pull_problem


def test_a_second_pull_asks_for_nothing_that_is_known(loopback, hosted):
    name = a_session(loopback, hosted, "Close May.")
    sessions.pull(hosted.pk)
    before = len(loopback.calls)

    sessions.pull(hosted.pk)

    asked = [call.path for call in loopback.calls[before:]]
    assert f"/v1/sessions/{name}/events" not in asked
    assert Trace.objects.count() == 1


def test_a_session_that_grew_is_the_same_trace_with_more_in_it(loopback, hosted):
    name = a_session(loopback, hosted, "Close May.")
    sessions.pull(hosted.pk)
    loopback.sessions.events[name].append(said(50, "And June."))
    queued = said(60, "Later.") | {"processed_at": None}
    loopback.sessions.events[name].append(queued)
    loopback.sessions.sessions[name]["updated_at"] = "2026-12-01T00:00:00Z"

    assert sessions.pull(hosted.pk)["extended"] == 1

    assert told(Trace.objects.get()) == ["Close May.", "And June."]


def test_what_subagents_did_stands_among_the_others(loopback, hosted):
    name = a_session(loopback, hosted, "Check it.")
    thread = ("checker", [said(5, "Totals agree.", "agent.message")])
    loopback.sessions.threads[name] = {"sthr_1": thread}

    sessions.pull(hosted.pk)

    assert [s.agent for s in bodies.steps_of(Trace.objects.get())] == ["", "checker"]


def test_a_limit_that_is_reached_is_said_and_the_next_pull_goes_on(loopback, hosted):
    a_session(loopback, hosted, "One.")
    a_session(loopback, hosted, "Two.")
    loopback.play(limited(60), on="/v1/sessions")

    sessions.pull(hosted.pk)

    hosted.refresh_from_db()
    assert "rate limit" in hosted.pull_problem
    assert sessions.pull(hosted.pk)["stored"] == 2
    hosted.refresh_from_db()
    assert (hosted.pull_problem, hosted.leased_until) == ("", None)


def test_a_session_in_conflict_is_named_and_the_others_come(loopback, hosted):
    name = a_session(loopback, hosted, "One.")
    sessions.pull(hosted.pk)
    loopback.sessions.events[name][0] = said(0, "Another past.")
    loopback.sessions.sessions[name]["updated_at"] = "2026-12-01T00:00:00Z"
    loopback.sessions.events[name].append(said(9, "More."))
    a_session(loopback, hosted, "Two.")

    counts = sessions.pull(hosted.pk)

    hosted.refresh_from_db()
    assert (counts["conflict"], counts["stored"]) == (1, 1)
    assert name in hosted.pull_problem


def test_two_pulls_at_once_are_one(loopback, hosted):
    HostedStore.objects.update(leased_until="2099-01-01T00:00:00Z")

    assert sessions.pull(hosted.pk) is None


def test_what_an_agent_wrote_over_there_is_proposed_once(loopback, hosted):
    loopback.stores.write(
        hosted.remote_id, "/rules.md", RULES.replace("14 days", "30 days")
    )
    loopback.stores.write(hosted.remote_id, "/new.md", "- Be brief.\n")

    sessions.pull(hosted.pk)
    sessions.pull(hosted.pk)

    proposals = Proposal.objects.order_by("title")
    assert [p.title for p in proposals] == [
        "Begin /new.md: Be brief.",
        "Refund within 30 days of the purchase.",
    ]
    assert "Somebody over there worded it so." in proposals[1].because
    assert "unsupported" in proposals[1].flags
