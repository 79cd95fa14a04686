"""An erased trace is gone with what was derived from it; that it was erased remains."""

import pytest

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.audit.models import LedgerEntry
from reviews.dreams.models import Digest
from reviews.errors import Invalid, NotFound
from reviews.traces import bodies, erasure, intake, readings
from reviews.traces.models import Reading, Trace, TraceBody
from tests.factories import MAX, a_store, a_team, an_agent
from tests.traces.runs import a_record

pytestmark = pytest.mark.django_db
BY = Actor("agent", "billing")


def test_a_trace_goes_with_its_body_its_digests_and_its_words():
    team = a_team()
    agent, store = an_agent(team), a_store(team)
    readings.record(agent, store, 3, run="run-1")
    intake.accept(
        agent, [a_record("run-1", "Wombat secrets"), a_record("run-2")], by=BY
    )
    trace, other = Trace.objects.order_by("external_id")
    Digest.objects.create(
        trace=trace, evaluator="offline/1", of=trace.digest, document=b""
    )

    erasure.erase(trace, by=MAX, reason="The customer asked")

    assert list(Trace.objects.all()) == [other]
    assert TraceBody.objects.count() == 1
    assert not Digest.objects.exists()
    assert Reading.objects.get().trace is None
    assert bodies.steps_of(other)
    entry = LedgerEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("trace.erased", "person:max")
    assert entry.subject.startswith("trace:")
    assert ledger.content_of(entry)["reason"] == "The customer asked"
    assert "Wombat" not in entry.content


def test_whoever_erases_second_is_told_and_the_ledger_says_it_once():
    intake.accept(an_agent(), [a_record("run-1")], by=BY)
    mine, theirs = Trace.objects.get(), Trace.objects.get()
    erasure.erase(mine, by=MAX, reason="The customer asked")

    with pytest.raises(NotFound):
        erasure.erase(theirs, by=MAX, reason="The customer asked")

    assert LedgerEntry.objects.filter(action="trace.erased").count() == 1


def test_nobody_erases_without_a_reason():
    intake.accept(an_agent(), [a_record("run-1")], by=BY)

    with pytest.raises(Invalid):
        erasure.erase(Trace.objects.get(), by=MAX, reason=" ")

    assert Trace.objects.exists()
