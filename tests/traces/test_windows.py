"""A dream reads what its store's subscribers left, all of it, and nothing twice."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from reviews.audit.actors import Actor
from reviews.memory import stores
from reviews.traces import intake, windows
from reviews.traces.models import Trace
from tests.factories import SETUP, a_store, a_team, an_agent
from tests.traces.runs import a_record

BY = Actor("agent", "billing")


def subscribed(store, team):
    agent = an_agent(team)
    stores.subscribe(agent, store, by=SETUP)
    return agent


def names(rows) -> set[str]:
    return set(rows.values_list("external_id", flat=True))


@pytest.mark.django_db
def test_a_window_holds_the_traces_of_subscribers_only():
    team = a_team()
    store = a_store(team)
    reader, stranger = subscribed(store, team), an_agent(team)
    intake.accept(reader, [a_record("read")], by=BY)
    intake.accept(stranger, [a_record("other")], by=BY)

    assert names(windows.traces(store, until=windows.close(store))) == {"read"}


@pytest.mark.django_db
def test_the_next_window_holds_only_what_is_new_and_what_has_grown():
    team = a_team()
    store = a_store(team)
    agent = subscribed(store, team)
    intake.accept(agent, [a_record("old", "Hi"), a_record("grown", "Hi")], by=BY)
    first = windows.close(store)
    intake.accept(agent, [a_record("grown", "Hi", "Hello"), a_record("new")], by=BY)

    second = windows.close(store)

    assert names(windows.traces(store, until=second, after=first)) == {"grown", "new"}
    assert names(windows.traces(store, until=second, after=second)) == set()


@pytest.mark.django_db
def test_a_window_may_leave_out_what_happened_long_ago():
    team = a_team()
    store = a_store(team)
    agent = subscribed(store, team)
    ago = (datetime.now(UTC) - timedelta(days=90)).isoformat()
    intake.accept(agent, [a_record("old", started_at=ago), a_record("new")], by=BY)

    recent = datetime.now(UTC) - timedelta(days=30)

    rows = windows.traces(store, until=windows.close(store), start=recent)
    assert names(rows) == {"new"}


@pytest.mark.django_db
def test_a_window_is_walked_piece_by_piece_in_the_order_of_keys():
    team = a_team()
    store = a_store(team)
    agent = subscribed(store, team)
    intake.accept(agent, [a_record() for _ in range(7)], by=BY)

    pieces = list(windows.keys(windows.traces(store, until=windows.close(store)), 3))

    assert [len(piece) for piece in pieces] == [3, 3, 1]
    assert [key for piece in pieces for key in piece] == sorted(
        Trace.objects.values_list("pk", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_closing_a_window_waits_for_an_intake_that_is_under_way():
    team = a_team()
    store = a_store(team)
    agent = subscribed(store, team)
    begun, finish = threading.Event(), threading.Event()

    def slow_intake() -> None:
        with transaction.atomic():
            intake.accept(agent, [a_record("slow")], by=BY)
            begun.set()
            finish.wait(5)
        connection.close()

    sender = threading.Thread(target=slow_intake)
    sender.start()
    begun.wait(5)
    threading.Thread(target=lambda: (time.sleep(0.2), finish.set())).start()

    until = windows.close(store)

    assert names(windows.traces(store, until=until)) == {"slow"}
    sender.join()
