"""Past situations to try a proposal on: of runs that are no evidence, where there are such."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from reviews.dreams.dreams import WINDOW_DAYS
from reviews.dreams.engines import registry
from reviews.dreams.models import Replay
from reviews.dreams.replaying import sightings, situations
from reviews.dreams.replaying.sightings import FAILED, Sighting
from reviews.dreams.replaying.situations import Situation
from reviews.dreams.windows import Window
from reviews.proposals.models import Evidence, Proposal
from reviews.traces import bodies
from reviews.traces.models import Trace

# Runs among which situations are looked for.
MOST_RUNS = 20_000


def find(proposal: Proposal) -> list[Situation]:
    """Those that failed first, then those that went well; one of each independent group."""
    team = proposal.store.team
    quoted = frozenset(
        Evidence.objects.filter(operation__proposal=proposal).values_list(
            "agent", "external_id"
        )
    )
    found = sightings.find(_window(proposal).documents(), proposal.trigger, quoted)
    if not any(one.failed for one in found):
        found = [*_of_evidence(proposal), *found]
    made = (_situation(team.pk, one) for one in found)
    return [one for one in made if one is not None]


def _window(proposal: Proposal) -> Window:
    """What a dream would read, of a large store the newest runs: somebody waits for it."""
    end = timezone.now()
    evaluator = registry.get(registry.DEFAULT).evaluator
    whole = Window(proposal.store, end - timedelta(days=WINDOW_DAYS), end, evaluator)
    newest = whole.traces().order_by("-received_at")
    first = newest.values_list("received_at", flat=True)[MOST_RUNS : MOST_RUNS + 1]
    start = next(iter(first), whole.start)
    return Window(proposal.store, start, end, evaluator)


def plain(one: Situation) -> dict[str, Any]:
    """A situation as a replay keeps it: where it is, not what it says."""
    return {
        "agent": one.agent,
        "trace": one.trace,
        "step": one.step,
        "failed": one.failed,
        "quoted": one.quoted,
    }


def again(replay: Replay) -> list[Situation | None]:
    """The situations that a replay froze, as their runs are now; None where they are gone."""
    team = replay.proposal.store.team_id
    found = []
    for row in replay.situations:
        one = Sighting(
            agent=row["agent"], trace=row["trace"], group="", step=row["step"],
            failed=row["failed"], quoted=row["quoted"],
        )  # fmt: skip
        found.append(_situation(team, one))
    return found


def _of_evidence(proposal: Proposal) -> list[Sighting]:
    """Where a trigger tells nothing, the quoted steps themselves."""
    rows = Evidence.objects.filter(
        operation__proposal=proposal, stance="for", trace__isnull=False
    ).order_by("operation", "position")
    seen: dict[tuple[str, str], Sighting] = {}
    for row in rows.select_related("trace"):
        one = Sighting(
            agent=row.agent, trace=row.external_id, group=row.external_id,
            step=row.step, failed=True, quoted=True,
        )  # fmt: skip
        seen.setdefault((row.agent, row.external_id), one)
    return list(seen.values())[:FAILED]


def _situation(team: int, one: Sighting) -> Situation | None:
    """The steps before a sighting; None where the run is gone or begins with it."""
    trace = Trace.objects.filter(
        agent__team=team, agent__name=one.agent, external_id=one.trace
    ).first()
    if trace is None:
        return None
    steps = bodies.steps_of(trace)
    place = situations.cut(steps, one.step)
    if place is None:
        return None
    return Situation(
        agent=one.agent,
        trace=one.trace,
        step=place,
        person=trace.person,
        failed=one.failed,
        quoted=one.quoted,
        steps=tuple(steps[:place]),
        tools=situations.tools_of(steps),
    )
