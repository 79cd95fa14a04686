"""A store with changes to take back, and what its pages and forms say."""

import re
from html import unescape

import pytest

from reviews.memory import versions
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests import factories
from tests.factories import ADA, an_add, an_edit

START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
PAGE = "/rollback/support/"


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules=START)
    return store


def applied(store, *operations):
    """A proposal that Ada approved, and that is in memory."""
    proposal = factories.a_proposal(store, *operations)
    decisions.approve(proposal, by=ADA, reason="Finance asked.", hold=0)
    store.refresh_from_db()
    proposal.refresh_from_db()
    return proposal


@pytest.fixture
def dates(store):
    """v2."""
    return applied(store, an_add("Dates are ISO 8601."))


@pytest.fixture
def cents(store, dates):
    """v3, elsewhere than v2."""
    return applied(store, an_edit("Ask before deleting.", "Ask before deleting a row."))


@pytest.fixture
def disputed(store):
    """v2, whose rule v3 has changed again."""
    first = applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))
    applied(store, an_edit("Amounts are in EUR.", "Amounts are in EUR, with cents."))
    return first


def rules(store):
    return versions.head_texts(store)["/rules.md"]


def state(proposal):
    return Proposal.objects.get(pk=proposal.pk).state


def form_of(page, **changed):
    """What the page's form sends, as a browser without script would send it."""
    form = re.search(r'<form class="stack" method="post".*?</form>', page, re.DOTALL)[0]
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if named["type"] == "hidden" or " checked" in tag:
            sent.setdefault(unescape(named["name"]), []).append(
                unescape(named["value"])
            )
    typed = re.search(
        r'<textarea[^>]*name="reason"[^>]*>(.*?)</textarea>', form, re.DOTALL
    )
    sent["reason"] = [unescape(typed[1])]
    return {
        name: value for name, value in (sent | changed).items() if value is not None
    }


def side_in(page):
    """The name of the only choice on a page."""
    (name,) = set(re.findall(r'type="radio" name="([^"]+)"', page))
    return name


def previewed(client, query):
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(answer, status):
    assert answer.status_code == status
    return answer.content.decode()
