"""What a page may cost: twelve questions to the database, and so many kilobytes."""

import gzip

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline
from reviews.examples import team as example
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from reviews.teams import tokens
from tests import factories
from tests.conventions.test_access import addresses

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12
# Pages that stand between two tables each, and must not grow further.
MORE = {"memory-file": 14, "version": 13}
# Kilobytes, once compressed.
HEAVIEST = {"inbox": 60, "proposal": 120}


@pytest.fixture
def pages(cast):
    """Every address that answers with a page, by its name, in a team that has dreamt."""
    by = Actor.person(cast["max"])
    team = example.create(by=by, traces=100)
    tokens.issue(team.agents.first(), ["read-memory"], by=by)
    pipeline.run_inline(dreams.start(example.store_of(team), by=by))
    applied = Proposal.objects.order_by("-pk").first()
    decisions.approve(applied, by=by, reason="It keeps happening.", hold=0)
    client = Client()
    # Somebody of this team alone, as most people are.
    user = factories.a_user("olga", team, "admin")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    found = {}
    for name, address in addresses(team).items():
        if client.get(address).status_code != 200:
            continue
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        found[name] = response.content, [query["sql"] for query in captured]
    return found


def test_no_page_asks_more_than_twelve_times(pages):
    asked = {name: len(queries) for name, (_, queries) in pages.items()}

    over = {
        name: many
        for name, many in asked.items()
        if many > MORE.get(name, MOST_QUERIES)
    }
    assert over == {}
    assert {"inbox", "proposal", "trace", "memory", "history", "compare"} <= set(asked)


@pytest.mark.parametrize("name", HEAVIEST)
def test_the_desk_is_light(pages, name):
    weight = len(gzip.compress(pages[name][0])) / 1000

    assert weight < HEAVIEST[name]
