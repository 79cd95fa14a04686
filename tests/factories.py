"""Things as the app makes them: every factory goes through the verbs."""

from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.memory import stores, versions
from reviews.memory.models import Store, Version
from reviews.proposals import submissions
from reviews.proposals.drafts import Draft, DraftOperation, Quote
from reviews.proposals.models import Mute, Proposal
from reviews.teams import agents, members
from reviews.teams.models import Agent, Membership, Team, User
from reviews.traces import bodies, intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step

SETUP = Actor.system("setup")
# The cast: Ada decides, Lin leads, Max administers, Vera views; Eve is on another team.
ADA = Actor("person", "ada")
BOB = Actor("person", "bob")
LIN = Actor("person", "lin")
MAX = Actor("person", "max")
CAST = {
    "ada": "operator",
    "bob": "operator",
    "lin": "lead",
    "max": "admin",
    "vera": "viewer",
}
PASSWORD = "correct horse battery staple"

_numbers = count(1)


def a_team(slug: str = "") -> Team:
    slug = slug or f"team-{next(_numbers)}"
    return members.create_team(slug, slug.title(), by=SETUP)


def a_user(username: str, team: Team | None = None, role: str = "operator") -> User:
    user = User.objects.filter(username=username).first() or members.create_user(
        username, PASSWORD, by=SETUP, email=f"{username}@example.com"
    )
    if team is not None:
        members.add(user, team, Membership.Role(role), by=SETUP)
    return user


def the_cast(team: Team) -> dict[str, User]:
    """Ada, Bob, Lin, Max and Vera in the team, and Eve in one of her own."""
    cast = {name: a_user(name, team, role) for name, role in CAST.items()}
    cast["eve"] = a_user("eve", a_team(), "admin")
    return cast


def an_agent(team: Team | None = None, name: str = "") -> Agent:
    return agents.create(team or a_team(), name or f"agent-{next(_numbers)}", by=SETUP)


def a_store(team: Team | None = None, name: str = "", **settings: object) -> Store:
    return stores.create(
        team or a_team(), name or f"store-{next(_numbers)}", by=SETUP, **settings
    )


def a_trace(agent: Agent, *texts: str, person: str = "dana", name: str = "") -> Trace:
    """A run in which a person said these things, one after the other."""
    record = Record(
        external_id=name or f"run-{next(_numbers)}",
        steps=[
            Step(index=index, kind="message", actor="person", text=text)
            for index, text in enumerate(texts or ("Amounts in euros, please.",))
        ],
        format="own",
        person=person,
        started_at="2026-11-20T09:00:00+00:00",
    )
    (result,) = intake.accept(agent, [record], by=SETUP)
    return Trace.objects.get(pk=result.trace)


def a_quote(trace: Trace, words: str, **fields: Any) -> Quote:
    """These words of a trace, cited as an engine cites them."""
    step = next(s for s in bodies.steps_of(trace) if words in s.text)
    start = step.text.index(words)
    return Quote(
        agent=trace.agent.name,
        trace=trace.external_id,
        step=step.index,
        start=start,
        end=start + len(words),
        sha256=sha256(words.encode()).hexdigest(),
        **fields,
    )


def an_add(after: str, path: str = "/rules.md", **fields: Any) -> DraftOperation:
    return DraftOperation(kind="add", path=path, after=after, **fields)


def an_edit(before: str, after: str, path: str = "/rules.md") -> DraftOperation:
    return DraftOperation(kind="edit", path=path, before=before, after=after)


def a_deletion(before: str, path: str = "/rules.md") -> DraftOperation:
    return DraftOperation(kind="delete", path=path, before=before)


def a_draft(store: Store, *operations: DraftOperation, **fields: Any) -> Draft:
    """What an engine would propose: quoted from a run, and of low risk by itself."""
    number = next(_numbers)
    operations = operations or (an_add(f"Rule {number}: amounts are in euros."),)
    if "quotes" not in fields:
        agent = Agent.objects.filter(team=store.team).first() or an_agent(store.team)
        trace = a_trace(agent, "Amounts in euros, please.")
        fields["quotes"] = (a_quote(trace, "Amounts in euros"),)
    plain = {
        "fingerprint": f"fingerprint-{number}",
        "family": "mistake",
        "kind": "error-fix",
        "title": operations[0].after or "Something changes",
        "counts": {"runs": 12, "groups": 6, "people": 3, "agents": 1, "against": 0},
        "groups": tuple(f"group-{number}-{n}" for n in range(6)),
        "because": "9 of 41 runs without it failed.",
        "engine": "offline",
        "engine_version": "1",
    }
    return Draft(operations=operations, **(plain | fields))


def a_proposal(
    store: Store | None = None, *operations: DraftOperation, **fields: Any
) -> Proposal:
    """An open proposal, submitted as a dream submits it."""
    store = store or a_store()
    draft = a_draft(store, *operations, **fields)
    submission = submissions.open(store, draft, by=Actor.system("dream"))
    assert submission.proposal, submission.reason
    return submission.proposal


def much_later(store: Store) -> None:
    """So much time passes that no mute of the store has to be waited for."""
    past = timezone.now() - timedelta(seconds=1)
    Mute.objects.filter(store=store).update(until=past)


def a_version(store: Store, **texts: str) -> Version:
    """A version that gives the store these texts; ``rules`` stands at /rules.md."""
    return versions.commit(
        store,
        {f"/{name}.md": text for name, text in texts.items()},
        by=SETUP,
        reason="As it began.",
        kind=Version.Kind.IMPORT if not store.head else Version.Kind.EDIT,
    )
