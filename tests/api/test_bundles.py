"""An agent reads memory, and knows which version it has read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.memory import versions
from reviews.memory.models import Store
from reviews.traces.models import Reading
from tests.factories import ADA, a_store

REFUNDS = "# Refunds\n\n- Ask for the order number first.\n"


@pytest.fixture
def store(program) -> Store:
    store = a_store(program.agent.team, "support")
    versions.commit(store, {"/refunds.md": REFUNDS}, by=ADA, reason="first")
    versions.commit(
        store, {"/refunds.md": REFUNDS + "- Be brief.\n"}, by=ADA, reason="second"
    )
    return store


def read(program, query: str = "", **headers: str):
    return program.get(f"/api/stores/support/bundle{query}", **headers)


def test_an_agent_reads_the_head_and_is_told_its_version(program, store):
    answer = read(program)

    body = answer.json()
    assert (answer.status_code, answer["X-Store-Version"], body["version"]) == (
        200,
        "2",
        2,
    )
    assert body["memories"][0]["path"] == "/refunds.md"
    assert body["memories"][0]["text"].endswith("- Be brief.\n")
    assert answer["ETag"] == body["etag"]


def test_what_it_has_already_is_not_sent_again(program, store):
    etag = read(program)["ETag"]

    again = read(program, **{"If-None-Match": f'W/"other", {etag}'})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == etag


def test_a_run_that_read_an_empty_store_can_say_so(program):
    a_store(program.agent.team, "support")

    told = {"support": read(program, "?run=run-1").json()["version"]}
    steps = [{"actor": "person", "text": "Where is my parcel?"}]
    sent = program.post(
        "/api/traces", {"external_id": "run-1", "read": told, "steps": steps}
    )

    assert told == {"support": 0}
    assert sent.json()["counts"] == {"stored": 1}
    assert Reading.objects.get().trace.external_id == "run-1"


def test_a_new_version_has_a_new_etag(program, store):
    etag = read(program)["ETag"]
    versions.commit(store, {"/refunds.md": REFUNDS}, by=ADA, reason="third")

    answer = read(program, **{"If-None-Match": etag})

    assert (answer.status_code, answer.json()["version"]) == (200, 3)


def test_every_past_state_can_be_read_by_number_and_by_time(program, store):
    first = store.versions.get(number=1)
    between = (first.at + timedelta(microseconds=1)).isoformat().replace("+", "%2B")

    assert read(program, "?version=1").json()["memories"][0]["text"] == REFUNDS
    assert read(program, f"?as_of={between}").json()["version"] == 1
    assert read(program, "?as_of=2001-01-01").json()["memories"] == []


def test_a_persons_memories_are_for_that_persons_runs(program, store):
    versions.commit(
        store, {"/people/paul.md": "- Short tables.\n"}, by=ADA, reason="his"
    )

    paths = [memory["path"] for memory in read(program).json()["memories"]]
    his = [
        memory["path"] for memory in read(program, "?person=paul").json()["memories"]
    ]

    assert paths == ["/refunds.md"]
    assert his == ["/people/paul.md", "/refunds.md"]
    assert read(program)["ETag"] != read(program, "?person=paul")["ETag"]


def test_an_agents_memories_are_for_that_agent(program, store):
    versions.commit(
        store,
        {"/agents/billing.md": "- Net 30.\n", "/agents/other.md": "- No.\n"},
        by=ADA,
        reason="own",
    )

    paths = [memory["path"] for memory in read(program).json()["memories"]]

    assert paths == ["/agents/billing.md", "/refunds.md"]


def test_frozen_readers_get_the_frozen_version_and_are_told(program, store):
    Store.objects.filter(pk=store.pk).update(frozen_at=1)

    body = read(program).json()

    assert (body["version"], body["frozen"]) == (1, True)


def test_a_reading_is_recorded_with_its_run_and_counted(program, store):
    etag = read(program, "?run=run-7")["ETag"]
    read(program, "?run=run-7", **{"If-None-Match": etag})

    reading = Reading.objects.get()
    assert (reading.agent, reading.number, reading.run, reading.count) == (
        program.agent,
        2,
        "run-7",
        2,
    )
    assert reading.last_at <= timezone.now()


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("?version=9", 404, "no version 9"),
        ("?version=x", 422, "version"),
        ("?as_of=yesterday", 422, "as_of"),
        ("?version=1&as_of=2026-01-01", 422, "not for both"),
        ("?person=../max", 422, "no name"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    program, store, query, status, says
):
    answer = read(program, query)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_another_teams_store_is_not_there(stranger, store):
    answer = read(stranger)

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


def test_reading_costs_a_fixed_number_of_queries(
    program, store, django_assert_max_num_queries
):
    for number in range(30):
        versions.commit(
            store, {f"/{number}.md": "- One rule.\n"}, by=ADA, reason="more"
        )
    read(program)

    with django_assert_max_num_queries(6):
        assert len(read(program).json()["memories"]) == 31


def test_the_doors_describe_themselves(client):
    document = client.get("/api/openapi.json").json()

    assert {"/api/traces", "/api/stores/{name}/bundle"} <= set(document["paths"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("put", "/api/stores/support/bundle", 405),
        ("delete", "/api/traces", 405),
        ("get", "/api/nothing", 404),
        ("get", "/api/traces/", 404),
    ],
)
def test_whatever_refuses_refuses_with_a_problem(client, db, method, path, status):
    answer = getattr(client, method)(path)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["title"]
