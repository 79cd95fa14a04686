"""A rule to change, the proposal that would, and what its page and its forms say."""

import re
import uuid

import pytest

from reviews.proposals import bindings
from reviews.proposals.models import Proposal
from tests import factories

RULES = """# Rules

- Answer within 24 h.
- Be kind.
- Say please.
- Use the fax.
- Count twice.
- Lock the door.
- Sweep the floor.
"""


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules=RULES)
    return store


@pytest.fixture
def proposal(store):
    return factories.a_proposal(
        store, factories.an_edit("Answer within 24 h.", "Answer within 4 h.")
    )


def address(proposal, verb=""):
    return f"/proposals/{proposal.pk}/{verb and f'{verb}/'}"


def page_of(client, proposal, query=""):
    answer = client.get(address(proposal) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(proposal, **fields):
    bound = bindings.of(proposal).bound
    return {"bound": bound, "request": str(uuid.uuid4()), "reason": ""} | fields


def grow(proposal, **changes):
    Proposal.objects.filter(pk=proposal.pk).update(**changes)
    proposal.refresh_from_db()


def words_of(page):
    """The requirements by their sentence, as the panel has them."""
    found = re.findall(r'data-word="(\w+)">.*?</span>\s*<span>([^<]*)', page, re.DOTALL)
    return {sentence.strip(): word for word, sentence in found}
