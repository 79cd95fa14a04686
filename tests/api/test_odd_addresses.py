"""Whatever an address says, a program is answered in one shape, and told what was wrong."""

import pytest

from reviews.memory.models import Subscription
from reviews.teams.models import Agent
from tests import factories

pytestmark = pytest.mark.django_db

BUNDLE, EPISODES = "/api/stores/support/bundle", "/api/stores/support/episodes"
ENDLESS = "9" * 5_000


@pytest.fixture(autouse=True)
def store(program):
    store = factories.a_store(program.agent.team, "support")
    factories.a_version(store, rules="- Be kind.\n")
    Subscription.objects.create(agent=program.agent, store=store)
    return store


def problem_of(answer, status):
    """The problem, which has all that a problem has."""
    assert (answer.status_code, answer["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    told = answer.json()
    assert {"type", "title", "status", "detail"} <= set(told)
    assert told["type"].startswith("/problems/")
    assert told["status"] == status
    return told


@pytest.mark.parametrize(
    ("address", "names"),
    [
        (f"{EPISODES}?q=%00", "query.q"),
        (f"{EPISODES}?q=ship&agent=a%00b", "query.agent"),
        (f"{BUNDLE}?person=%00", "query.person"),
        (f"{BUNDLE}?version=%001", "query.version"),
        (f"{BUNDLE}?a%00b=1", "query.a\N{SYMBOL FOR NULL}b"),
        ("/api/stores/su%00/bundle", "path"),
        (f"{BUNDLE}?version={ENDLESS}", "query.version"),
        (f"{BUNDLE}?version=1.5", "query.version"),
        (f"{BUNDLE}?as_of=2026-02-30", "query.as_of"),
        (f"{EPISODES}?since=yesterday", "query.since"),
        (f"{EPISODES}?limit={ENDLESS}", "query.limit"),
    ],
)
def test_what_cannot_be_used_is_named(program, address, names):
    told = problem_of(program.get(address), 422)

    assert told["type"] == "/problems/invalid"
    assert names in told["fields"]
    assert names in told["detail"]


@pytest.mark.parametrize(
    ("address", "names", "known"),
    [
        (f"{BUNDLE}?verison=1", "verison", "version"),
        (f"{EPISODES}?query=ship", "query", "q"),
    ],
)
def test_a_parameter_that_a_door_does_not_know_is_refused(
    program, address, names, known
):
    told = problem_of(program.get(address), 422)

    assert told["field"] == names
    assert f"“{names}”" in told["detail"]
    assert known in told["detail"].partition("there are")[2]


@pytest.mark.parametrize(
    "address",
    [
        f"{EPISODES}?q=%ff%fe",
        f"{EPISODES}?q=%ED%A0%80",
        f"{BUNDLE}?person=%ED%A0%80",
        f"{BUNDLE}?run={'x' * 20_000}",
        f"{BUNDLE}?as_of=9999-12-31",
    ],
)
def test_odd_letters_and_distant_days_are_looked_for_and_not_found(program, address):
    assert program.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/nope", 404),
        ("/api/", 404),
        (f"{BUNDLE}/", 404),
        (f"{BUNDLE}?version=-1", 404),
        (f"{BUNDLE}?as_of=0001-01-01T00:00:00%2B14:00", 422),
        (f"{EPISODES}?q={'x' * 1_000_000}", 422),
        (f"{EPISODES}?{'&'.join(f'a{n}=1' for n in range(3_000))}", 400),
        ("/api/traces?" + "&".join(f"a{n}=1" for n in range(3_000)), 400),
    ],
)
def test_every_refusal_has_the_same_shape(program, address, status):
    problem_of(program.get(address), status)


def test_what_breaks_before_a_door_is_told_in_that_shape_too(program, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no disk")

    monkeypatch.setattr("reviews.web.access._clean", broken)

    told = problem_of(program.get(BUNDLE), 500)

    assert told["type"] == "/problems/failure"
    assert "no disk" not in str(told)
    assert Agent.objects.exists()
