"""The rail says how much waits, counts not without end for it, and has its own name."""

import re
from collections import Counter

import pytest

from reviews.web import context
from tests.factories import a_proposal, a_store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("waiting", "shown"), [(0, ""), (2, "2"), (3, "2+")])
def test_the_rail_counts_what_waits_up_to_a_limit(
    as_ada, team, monkeypatch, waiting, shown
):
    monkeypatch.setattr(context, "MOST_COUNTED", 2)
    store = a_store(team)
    for _ in range(waiting):
        a_proposal(store)

    page = as_ada.get("/traces/").content.decode()

    assert f'id="inbox-count">{shown}</span>' in page


@pytest.mark.parametrize(
    "url", ["/settings/", "/settings/agents/", "/settings/models/", "/inbox/"]
)
def test_no_two_ways_around_a_page_have_the_same_name(as_max, url):
    page = as_max.get(url, follow=True).content.decode()

    names = Counter(re.findall(r'<nav [^>]*aria-label="([^"]+)"', page))

    assert len(names) > 1
    assert set(names.values()) == {1}
