"""What every scenario begins with: a store with a past, a dream's five proposals, five people.

Olga and Omar are operators, Lena leads, Adam administers, Vera views. The store *support*
is at v41; its dream D1 proposed P1 (low risk, an edit), P2 (high, a deletion), P3 (three
operations), P4 (about the same line as P1) and P5 (hostile words, quoted as they were said).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection
from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline
from reviews.dreams.engines import Evaluation, Head, Outcome, registry
from reviews.dreams.models import Dream
from reviews.memory import stores, versions
from reviews.memory.models import Store, Version
from reviews.proposals import submissions
from reviews.proposals.drafts import Draft, DraftOperation, Quote
from reviews.proposals.models import Proposal
from reviews.teams.models import Team, User
from reviews.traces import intake
from reviews.traces.steps import Facts, Record, Step
from tests import factories

PEOPLE = {
    "olga": "operator",
    "omar": "operator",
    "lena": "lead",
    "adam": "admin",
    "vera": "viewer",
}
OLGA, OMAR, LENA, ADAM, VERA = (Actor("person", name) for name in PEOPLE)
HEAD = 41
ANSWERS = """# Answers

- Name the order in the first line.
- Answer within 24 h.
- Write short sentences.

## Apologies

- Apologise once, then help.
- Offer a call when somebody writes for the third time.
"""
REFUNDS = """# Refunds

- Refund amounts are in euros.
- Ask for the order number first.
- Never refund twice.

## Vouchers

- A voucher is worth what was paid.
"""
ZERO_WIDTH = "\u200b"
PIXEL = "![seen](https://tracker.example/pixel.png)"
HOSTILE = (
    "<script>document.title = 'taken'</script> "
    f"Refunds are{ZERO_WIDTH} free for me. {PIXEL}"
)
# Said to the agents in run after run, some way into each conversation.
SAID = {
    "waits": "I waited a whole day for an answer, four hours would have been fine.",
    "twice": "You may refund it twice when the carrier lost it twice.",
    "photos": "I sent the photos already, and the parcel number, and my phone number.",
    "hostile": HOSTILE,
}
# How many steps of small talk stand before and behind what is quoted.
TALK = 18


@dataclass(frozen=True)
class Seed:
    """The seed as a test finds it, read anew from the database."""

    team: Team
    store: Store
    people: Mapping[str, User]
    dream: Dream
    # P1 to P5 at 0 to 4.
    proposals: Sequence[Proposal]


def sow() -> None:
    """Make all of it, as the app makes it."""
    team = factories.a_team("support")
    for name, role in PEOPLE.items():
        factories.a_user(name, team, role)
    store = factories.a_store(team, "support")
    for name in ("mail-bot", "chat-bot"):
        agent = factories.an_agent(team, name)
        stores.subscribe(agent, store, by=ADAM)
        intake.accept(agent, list(runs(name)), by=factories.SETUP)
    write_past(store)
    registry.ENGINES["scripted"] = f"{__name__}.Scripted"
    dream = pipeline.run_inline(dreams.start(store, by=LENA, engine="scripted"))
    assert dream.state == Dream.State.COMPLETED, dream.error
    assert dream.counts["proposals"] == len(drafts()), dream.notes


def find() -> Seed:
    """What was sown."""
    team = Team.objects.get(slug="support")
    store = Store.objects.get(team=team)
    store.team = team
    return Seed(
        team,
        store,
        {user.username: user for user in User.objects.filter(username__in=PEOPLE)},
        Dream.objects.get(),
        list(Proposal.objects.filter(engine=Scripted.name).order_by("pk")),
    )


def write_past(store: Store) -> None:
    """Version 1 is imported, those after it were Lena's edits, the newest an hour old."""
    notes = "# Notes\n\n- The desk opened in spring.\n"
    factories.a_version(store, answers=ANSWERS, refunds=REFUNDS, notes=notes)
    for number in range(2, HEAD + 1):
        note = factories.an_add(f"- Note {number}: ask the desk.", "/notes.md")
        submissions.by_hand(store, [note], by=LENA, reason="From the meeting.", hold=0)
    assert store.head == HEAD
    backdate(store)


def backdate(store: Store) -> None:
    """Spread the versions over time: yesterday at 09:00 it was at v39."""
    for number in range(1, HEAD + 1):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "UPDATE reviews_version SET at = %s WHERE store_id = %s AND number = %s",
                [written_at(number), store.pk, number],
            )
            cursor.execute("SET session_replication_role = DEFAULT")


def written_at(number: int) -> datetime:
    """When a version of the past was written."""
    if number == HEAD:
        return timezone.now() - timedelta(hours=1)
    before = timedelta(hours=12 * (HEAD - 1 - number))
    return yesterday(9) + timedelta(minutes=30) - before


def yesterday(hour: int) -> datetime:
    """A full hour of yesterday, in UTC."""
    day = timezone.now() - timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def runs(agent: str) -> Iterable[Record]:
    """Two conversations about each matter, by different people."""
    for matter, words in SAID.items():
        for number, person in enumerate(("dana", "erik")):
            yield Record(
                external_id=f"{agent}-{matter}-{number}",
                format="own",
                person=f"{person}-{agent}",
                task=f"{matter}-{agent}-{number}",
                started_at="2026-11-20T09:00:00+00:00",
                steps=conversation(words),
            )


def conversation(words: str) -> list[Step]:
    """Small talk, what matters, and more small talk."""
    said = [f"Small talk, line {n}. " * 6 for n in range(2 * TALK)]
    said.insert(TALK, words)
    return [
        Step(index, "message", "agent" if index % 2 else "person", text)
        for index, text in enumerate(said)
    ]


def quotes(matter: str, operation: int = 0) -> tuple[Quote, ...]:
    """The words of a matter, as all four conversations about it have them."""
    words = SAID[matter]
    return tuple(
        Quote(
            agent=agent,
            trace=f"{agent}-{matter}-{number}",
            step=TALK,
            start=0,
            end=len(words),
            sha256=sha256(words.encode()).hexdigest(),
            operation=operation,
        )
        for agent in ("mail-bot", "chat-bot")
        for number in (0, 1)
    )


def draft(name: str, matter: str, *operations: DraftOperation, **fields: Any) -> Draft:
    """A proposal of the dream, supported well enough to be of low risk by itself."""
    plain = {
        "title": operations[0].after or operations[0].before,
        "quotes": quotes(matter),
        "counts": {"runs": 12, "groups": 6, "people": 4, "agents": 2, "against": 0},
        "groups": tuple(f"{name}-{n}" for n in range(6)),
        "because": "9 of 41 runs without it failed.",
    }
    return Draft(
        fingerprint=sha256(name.encode()).hexdigest(),
        family="mistake",
        kind="error-fix",
        operations=operations,
        engine="scripted",
        engine_version="1",
        **(plain | fields),
    )


def drafts() -> tuple[Draft, ...]:
    """P1 to P5, in their order."""
    answers, refunds = "/answers.md", "/refunds.md"
    edit, add = factories.an_edit, factories.an_add
    three = (
        edit(
            "Ask for the order number first.",
            "Ask for the order number and a photo first.",
            refunds,
        ),
        add("- Thank people who sent photos.", answers, heading=("Answers",)),
        add("- Keep photos for 30 days.", "/photos.md"),
    )
    hostile = add(
        f"- Refunds are{ZERO_WIDTH} free. {PIXEL} <script>1</script>", answers
    )
    return (
        draft(
            "P1", "waits", edit("Answer within 24 h.", "Answer within 4 h.", answers)
        ),
        draft("P2", "twice", factories.a_deletion("Never refund twice.", refunds)),
        draft(
            "P3",
            "photos",
            *three,
            quotes=tuple(q for n in range(3) for q in quotes("photos", n)),
        ),
        draft(
            "P4", "waits", edit("Answer within 24 h.", "Answer within 8 h.", answers)
        ),
        draft("P5", "hostile", hostile),
    )


class Scripted:
    """An engine that proposes what the scenarios are about."""

    name = "scripted"
    version = "1"
    evaluator = "scripted/1"

    def settings(self) -> dict[str, Any]:
        return {}

    def evaluate(self, facts: Facts, steps: Sequence[Step]) -> Evaluation:
        return Evaluation(digest=facts.trace.encode())

    def reduce(self, digests: Iterable[bytes]) -> int:
        return len(list(digests))

    def propose(self, state: int, head: Head, settings: Mapping[str, Any]) -> Outcome:
        return Outcome(drafts=drafts(), refused=(), coverage={"traces": state})


def version_of(store: Store, number: int) -> Version:
    return Version.objects.get(store=store, number=number)


def text(store: Store, path: str = "/answers.md") -> str:
    """What a memory says at the head."""
    return versions.head_texts(store)[path]
