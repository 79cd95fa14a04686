"""Many people and programs at once: nobody waits forever, nothing is written twice."""

import random
import re
import threading
from datetime import timedelta

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.audit import ledger, verification
from reviews.audit.actors import Actor
from reviews.errors import DomainError
from reviews.memory.models import Version
from reviews.proposals import (
    decisions,
    duplicates,
    inverses,
    mutes,
    previews,
    rollbacks,
    submissions,
)
from reviews.proposals.models import Proposal
from tests.factories import ADA, a_draft, a_store, a_version, an_add, an_edit

pytestmark = pytest.mark.django_db(transaction=True)
RULES = [f"Rule number {n} says something of its own." for n in range(8)]
DREAM = Actor.system("dream")


def drafts_for(store):
    """Some for each rule, and some that add."""
    edits = [
        a_draft(store, an_edit(rule, rule.replace("something", words)))
        for rule in RULES
        for words in ("more", "less")
    ]
    return [*edits, *(a_draft(store, an_add(f"Added {n}.")) for n in range(8))]


def do_something(store, draft, chance, person):
    """One act of somebody, as it comes."""
    proposal = Proposal.objects.filter(store=store).order_by("?").first()
    match chance.randrange(13):
        case 0 | 1:
            decisions.approve(proposal, by=person, reason="Yes.", hold=0)
        case 2:
            decisions.approve(proposal, by=person, reason="Yes.", hold=60)
        case 3:
            decisions.apply_due(proposal.created_at + timedelta(hours=1))
        case 4:
            decisions.reject(proposal, by=person, reason="No.")
        case 5:
            decisions.comment(proposal, by=person, text="Hm.")
        case 6:
            rollbacks.undo(proposal, by=person, reason="Worse.")
        case 7:
            more = (*draft.groups, str(chance.random()))
            submissions.open(
                store, msgspec.structs.replace(draft, groups=more), by=DREAM
            )
        case 8:
            mutes.lift(store, proposal.fingerprint, by=person)
        case 9 | 10:
            other = Proposal.objects.filter(store=store).order_by("?").first()
            duplicates.mark(proposal, other, by=person)
        case 11:
            asked = previews.of_undo(proposal)
            inverses.propose(asked, by=person, reason="Worse.")
        case 12:
            number = chance.randint(1, store.head)
            rollbacks.restore(store, number, by=person, reason="As it was.")


def test_acts_of_all_kinds_at_once_never_wait_for_each_other_in_a_circle():
    store = a_store()
    a_version(store, rules="# Rules\n\n" + "".join(f"- {rule}\n" for rule in RULES))
    drafts = drafts_for(store)
    for draft in drafts:
        submissions.open(store, draft, by=DREAM)
    broken = []

    def work(number):
        chance = random.Random(number)
        person = Actor("person", f"person-{number}")
        mine = type(store).objects.get(pk=store.pk)
        try:
            for _ in range(25):
                try:
                    do_something(mine, chance.choice(drafts), chance, person)
                except DomainError:
                    continue
        except Exception as error:  # noqa: BLE001 - every kind of it is broken
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    store.refresh_from_db()
    numbers = list(Version.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, store.head + 1))
    assert store.head > 5
    # To restore what nobody decided about takes back no decision.
    later = Version.objects.exclude(kind=Version.Kind.RESTORE).filter(number__gt=1)
    assert not later.filter(decision__isnull=True).exists()
    assert verification.verify(ledger.chain_of(store.team)).unbroken


def locked(queries):
    """The tables whose rows were locked, in order, each once."""
    rows = (
        re.search(r'FROM "?(\w+)"?.* FOR (?:NO KEY )?UPDATE', one["sql"])
        for one in queries
    )
    return list(dict.fromkeys(found[1] for found in rows if found))


def test_switch_store_proposals_and_policies_are_locked_before_the_ledger():
    store = a_store()
    a_version(store, rules=f"- {RULES[0]}\n")
    for number in range(2):
        proposal = submissions.open(
            store, a_draft(store, an_add(f"Added {number}.")), by=DREAM
        ).proposal
        decisions.approve(proposal, by=ADA, hold=0)

    with CaptureQueriesContext(connection) as asking:
        request = inverses.propose(
            previews.of_restore(store, 1), by=ADA, reason="As it was."
        )
    with CaptureQueriesContext(connection) as applying:
        decisions.approve(request, by=ADA, reason="Yes.", hold=0)
    with CaptureQueriesContext(connection) as restoring:
        rollbacks.restore(store, 3, by=ADA, reason="Not as it was.")

    order = [
        "reviews_store",
        "reviews_proposal",
        "reviews_policy",
        "reviews_ledgerhead",
    ]
    assert locked(asking)[:2] == ["reviews_killswitch", "reviews_store"]
    assert locked(asking)[-1] == "reviews_ledgerhead"
    assert locked(applying) == locked(restoring) == order
