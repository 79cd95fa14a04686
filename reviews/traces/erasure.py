"""Taking a trace back out: its steps, its words and all that was derived from it alone."""

from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid, NotFound
from reviews.traces import intake
from reviews.traces.models import Trace, TraceBody


@transaction.atomic
def erase(trace: Trace, *, by: Actor, reason: str) -> None:
    """Delete a trace with its body and all that was made of it; who did it and why remains.

    Evidence keeps its quote and loses the way to the trace: what was decided on it
    stays readable, and redacting a quote is a decision of its own.
    """
    if not reason.strip():
        raise Invalid("Say why the trace is erased.", field="reason")
    # A run that is growing right now must not leave its newest steps behind.
    intake.turn(trace.agent)
    if not Trace.objects.select_for_update().filter(pk=trace.pk).exists():
        raise NotFound(f"{trace.external_id} is erased already.")
    key, team = trace.pk, trace.team
    TraceBody.objects.filter(month=trace.month, trace_id=key).delete()
    trace.delete()
    # The title may hold what is to be forgotten; the run's name is enough.
    trace.pk, trace.title = key, ""
    ledger.record(by, "trace.erased", trace, team=team, reason=reason)
