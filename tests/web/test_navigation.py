"""The rail says how much waits, and does not count without end for it."""

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
