"""Sessions that had the linked store become traces: new ones, and those that grew."""

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.dreams.hosted import arrivals, doors, leases, pages, snapshots
from reviews.dreams.models import HostedDream, HostedStore
from reviews.errors import DomainError
from reviews.memory import stores
from reviews.teams import agents
from reviews.teams.models import Agent
from reviews.traces import intake
from reviews.traces.formats import managed_events

if TYPE_CHECKING:
    from anthropic import Anthropic

logger = logging.getLogger(__name__)

BY = Actor.system("hosted")
_UNSAFE = re.compile(r"[^\w .@/+-]+")
_PAGE, _EVENTS = 100, 1_000
# So many that could not be taken in are named on the link; all are counted.
_NAMED = 3


def pull(store: int) -> dict[str, int] | None:
    """Take in what is new over there; counts by result, or None while somebody else does.

    What went wrong is kept on the link, in a sentence; the next pull goes on from there.
    """
    with leases.held(store) as hosted:
        if hosted is None:
            return None
        pulling = _Pull(hosted)
        try:
            with doors.connect() as api:
                pulling.sessions(api)
                listing = snapshots.listed(api, hosted.remote_id)
                arrived = arrivals.take(hosted, api, listing)
                pulling.counts["proposals"] = len(arrived.proposals)
                pulling.problems.append(named(arrived.problems))
        except DomainError as refusal:
            pulling.problems.insert(0, refusal.message)
        pulling.note()
        return dict(pulling.counts)


def named(problems: Sequence[str]) -> str:
    """The first few of these sentences, and how many more there are: a page is no log."""
    more = len(problems) - _NAMED
    return " ".join([*problems[:_NAMED], *([f"And {more} more."] if more > 0 else [])])


class _Pull:
    """One pull of one linked store."""

    def __init__(self, hosted: HostedStore) -> None:
        self.hosted = hosted
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._agents: dict[str, Agent] = {}
        dreaming = HostedDream.objects.exclude(session_id="")
        self._dreaming = set(dreaming.values_list("session_id", flat=True))

    def sessions(self, api: "Anthropic") -> None:
        """Every session of the store that has something new, the oldest first."""
        found = api.beta.sessions.list(
            memory_store_id=self.hosted.remote_id,
            include_archived=True,
            order="asc",
            limit=_PAGE,
        )
        for one in pages.each(found):
            session = one.to_dict(mode="json", warnings=False)
            # What a dream did while it dreamt is no run of an agent.
            if one.id not in self._dreaming and self._has_news(api, session):
                self._try(api, session)

    def note(self) -> None:
        """Write down how far it came, and what kept it from coming further."""
        self.hosted.pulled_at = timezone.now()
        self.hosted.pull_problem = " ".join(filter(None, self.problems))
        self.hosted.save(update_fields=["cursor", "pulled_at", "pull_problem"])

    def _has_news(self, api: "Anthropic", session: Mapping[str, Any]) -> bool:
        """Whether something was processed since; a session that is untouched is not asked."""
        seen = self.hosted.cursor.get(session["id"])
        if seen is None:
            return True
        if (
            seen["updated"] == session.get("updated_at")
            and session["status"] != "running"
        ):
            return False
        later = api.beta.sessions.events.list(
            session["id"], created_at_gte=seen["at"], limit=_EVENTS
        )
        return any(
            event.id not in seen["ids"]
            for event in pages.each(later)
            if event.processed_at
        )

    def _try(self, api: "Anthropic", session: Mapping[str, Any]) -> None:
        """Take a session in; one that cannot be read keeps no other from coming."""
        try:
            self._take(api, session)
        except (ValueError, TypeError, AttributeError, LookupError):
            logger.exception("Session %s cannot be read.", session["id"])
            self._miss(session["id"], "something in it cannot be read")

    def _take(self, api: "Anthropic", session: Mapping[str, Any]) -> None:
        """Take a session in whole: one that grew replaces its trace."""
        events = _events(api.beta.sessions.events.list(session["id"], limit=_EVENTS))
        threads = _threads(api, session["id"])
        seen = self.hosted.cursor.get(session["id"], {})
        read = seen.get("read", self.hosted.pushed)
        record = managed_events.record(
            session,
            events,
            threads,
            read={self.hosted.store.name: read} if read else {},
        )
        if not record.steps:
            return
        try:
            agent = self._agent(session)
        except DomainError as refusal:
            self._miss(session["id"], refusal.message)
            return
        (result,) = intake.accept(agent, [record], by=BY)
        self.counts[result.status] += 1
        if result.status in ("conflict", "invalid"):
            place = f"{result.field} {result.reason}".strip()
            self._miss(session["id"], f"it is in {result.status}: {place}")
        self.hosted.cursor[session["id"]] = _cursor(session, events, threads, read)
        # A pull that is cut off goes on behind this one.
        self.hosted.save(update_fields=["cursor"])
        leases.renew(self.hosted.pk)

    def _agent(self, session: Mapping[str, Any]) -> Agent:
        """The agent of ours by the session's agent's name; a new one reads the store.

        Whoever names an agent over there must not bring ours into a store: one that was
        here before reads what people let it read.
        """
        about = session.get("agent") or {}
        name = _UNSAFE.sub("-", str(about.get("name") or about.get("id") or "hosted"))
        name = name.strip(" .@/+-")[:80] or "hosted"
        if name not in self._agents:
            self._agents[name] = self._named(name)
        return self._agents[name]

    def _named(self, name: str) -> Agent:
        store = self.hosted.store
        known = Agent.objects.filter(team=store.team, name=name).first()
        if known is None:
            agent = agents.create(store.team, name, by=BY)
            stores.subscribe(agent, store, by=BY)
            return agent
        if not known.subscriptions.filter(store=store).exists():
            self.problems.append(
                f"{name} was an agent here already and does not read {store.name}: its "
                "sessions are kept, and no dream of this store reads them until it does."
            )
        return known

    def _miss(self, session: str, why: str) -> None:
        self.counts["missed"] += 1
        if self.counts["missed"] <= _NAMED:
            self.problems.append(f"Session {session} was left out: {why}.")


def _events(found: Any) -> list[dict[str, Any]]:
    return [event.to_dict(mode="json", warnings=False) for event in pages.each(found)]


def _threads(api: "Anthropic", session: str) -> dict[str, list[dict[str, Any]]]:
    """Events of subagents by their names; the same name twice is told apart."""
    threads: dict[str, list[dict[str, Any]]] = {}
    for thread in pages.each(api.beta.sessions.threads.list(session)):
        # The main thread has no parent, and its events are the session's.
        if not thread.parent_thread_id:
            continue
        name = getattr(thread.agent, "name", "") or thread.id
        name = name if name not in threads else f"{name} {len(threads) + 1}"
        threads[name] = _events(
            api.beta.sessions.threads.events.list(
                thread.id, session_id=session, limit=_EVENTS
            )
        )
    return threads


def _cursor(
    session: Mapping[str, Any],
    events: list[dict[str, Any]],
    threads: Mapping[str, list[dict[str, Any]]],
    read: int,
) -> dict[str, Any]:
    """How far a session was read: the newest moment, and the events at it."""
    every = [*events, *(event for thread in threads.values() for event in thread)]
    done = [event for event in every if event.get("processed_at")]
    main = [event["processed_at"] for event in events if event.get("processed_at")]
    newest = max(main, default=session["created_at"])
    return {
        "at": newest,
        "ids": [event["id"] for event in done if event["processed_at"] >= newest],
        "updated": session.get("updated_at"),
        "read": read,
    }
