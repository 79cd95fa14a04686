"""The example team is made once, whole, and believable to look at."""

from collections import Counter

import pytest

from reviews.audit.models import LedgerEntry
from reviews.errors import Invalid
from reviews.examples import cast, generator, team
from reviews.memory import versions
from reviews.memory.models import Revision, Subscription
from reviews.teams.models import Agent, Membership, User
from reviews.traces.models import Trace
from tests.factories import MAX, SETUP, a_team, a_user

pytestmark = pytest.mark.django_db


def test_it_has_an_admin_people_agents_a_store_and_traces():
    a_user("max", a_team(), "admin")

    made = team.create(by=MAX, traces=60)

    roles = dict(
        Membership.objects.filter(team=made).values_list("user__username", "role")
    )
    assert roles["max"] == "admin"
    assert set(roles) >= {"noor", "marta", "dana", "leila"}
    agents = Agent.objects.filter(team=made)
    assert {agent.name for agent in agents} == set(cast.AGENTS)
    store = team.store_of(made)
    assert Subscription.objects.filter(store=store).count() == len(cast.AGENTS)
    assert Trace.objects.filter(team=made).count() == 60


def test_the_store_begins_with_rules_in_several_memories():
    store = team.store_of(team.create(by=SETUP, traces=50))

    texts = versions.head_texts(store)
    assert store.head == 1
    assert len(texts) >= 6
    assert any(path.startswith("/agents/") for path in texts)
    revisions = Revision.objects.filter(version__store=store)
    assert sum(len(revision.rules) for revision in revisions) >= 30
    assert all(versions.lines_with_blame(revision) for revision in revisions)


def test_a_second_time_it_is_there_already_and_nothing_is_written():
    first = team.create(by=SETUP, traces=50)
    entries = LedgerEntry.objects.count()

    again = team.create(by=SETUP, traces=50)

    assert again == first
    assert Trace.objects.filter(team=first).count() == 50
    assert LedgerEntry.objects.count() == entries


def test_more_traces_are_added_to_those_that_are_there():
    made = team.create(by=SETUP, traces=50)
    heard: list[int] = []

    team.create(by=SETUP, traces=80, told=heard.append)

    names = set(Trace.objects.filter(team=made).values_list("external_id", flat=True))
    assert names == {record.external_id for record in generator.records(80)}
    assert heard[-1] == 80


def test_traces_keep_their_agents_tasks_and_people():
    made = team.create(by=SETUP, traces=50)

    kept = Trace.objects.filter(team=made).select_related("agent")
    by_name = {trace.external_id: trace for trace in kept}
    for record in generator.records(50):
        trace = by_name[record.external_id]
        assert trace.agent.name == generator.agent_of(record)
        assert trace.person == record.person
        assert trace.outcome == record.outcome
        assert not record.task or trace.group == record.task
    spread = Counter(trace.agent.name for trace in kept)
    assert len(spread) == len(cast.AGENTS)


def test_the_first_admin_can_still_be_made_afterwards():
    team.create(by=SETUP, traces=50)

    assert not User.objects.exists()


def test_its_people_cannot_sign_in_and_nobody_real_is_taken_for_one():
    noor = a_user("Noor", a_team())

    made = team.create(by=SETUP, traces=50)

    assert not Membership.objects.filter(team=made, user=noor).exists()
    members = User.objects.filter(memberships__team=made, memberships__role="operator")
    assert members
    assert not any(user.has_usable_password() for user in members)


@pytest.mark.parametrize("count", [0, 49, 100_001])
def test_too_few_or_too_many_are_refused(count):
    with pytest.raises(Invalid):
        team.create(by=SETUP, traces=count)

    assert team.find() is None
