"""Trying a proposal out from the command line."""

import pytest

from reviews.dreams.models import Replay
from tests.dreams.test_replays import a_proposal, acting
from tests.management.test_deciding import refused, run

pytestmark = pytest.mark.django_db


def test_first_the_price_then_for_no_more_than_agreed(loopback):
    loopback.messages.answer = acting()
    proposal = a_proposal()

    price = run("replay", proposal.name)
    assert not Replay.objects.exists()
    done = run("replay", proposal.name, "--agree", price["estimate"])

    assert (price["failing"], price["fine"]) == (8, 4)
    assert (done["state"], done["improves"], done["breaks"]) == ("completed", 12, 0)
    assert float(done["cost"]) <= float(price["estimate"])
    assert Replay.objects.get().by == "system:console"


def test_an_amount_that_does_not_cover_it_is_refused(loopback):
    proposal = a_proposal()
    assert "more than you agreed" in str(
        refused("replay", proposal.name, "--agree", "0.001")
    )
    assert "no amount" in str(refused("replay", proposal.name, "--agree", "lots"))
    assert not Replay.objects.exists()


def test_without_a_key_it_says_so_and_fails():
    proposal = a_proposal()
    assert "key" in str(refused("replay", proposal.name))
