"""A proposal that people talk about, and what its page says."""

import re

import pytest

from reviews.proposals import turns
from tests import factories


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules="# Rules\n\n- Answer within 24 h.\n")
    return store


@pytest.fixture
def proposal(store):
    return factories.a_proposal(
        store, factories.an_edit("Answer within 24 h.", "Answer within 4 h.\nAlways.")
    )


def address(proposal, *parts):
    return "/".join(["", "proposals", str(proposal.pk), *map(str, parts), ""])


def page_of(client, proposal):
    answer = client.get(address(proposal))
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def whose(proposal):
    return {turn.user.username for turn in turns.of([proposal]).get(proposal.pk, [])}
