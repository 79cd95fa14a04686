"""The panel on which a proposal is tried out."""

import pytest

from reviews.dreams import replays
from reviews.dreams.models import Replay
from reviews.proposals.models import Proposal
from tests.dreams.test_replays import a_proposal, acting
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(team):
    return a_proposal(team=team)


def address(proposal, act=""):
    return f"/proposals/{proposal.pk}/replay/{act}"


def test_without_a_key_it_says_so_in_one_line(as_ada, proposal):
    page = as_ada.get(address(proposal)).content.decode()
    assert "needs a key" in page
    assert "at most $" not in page


def test_a_key_that_cannot_be_read_breaks_no_panel(as_ada, proposal, settings):
    settings.ANTHROPIC_API_KEY_FILE = "/nowhere/key"
    settings.ANTHROPIC_API_KEY_FILE_NAMED = True

    answer = as_ada.get(address(proposal))

    assert answer.status_code == 200
    assert "needs a key" in answer.content.decode()


def test_the_price_comes_before_the_start(as_ada, proposal, loopback):
    panel = htmx(as_ada.get, address(proposal)).content.decode()
    assert "See what it would cost" in panel
    assert 'name="agreed"' not in panel

    priced = htmx(as_ada.get, f"{address(proposal)}?price=1").content.decode()

    assert "8 in which it failed, 4 that went well" in priced
    assert "at most $" in priced
    assert 'name="agreed"' in priced
    assert loopback.calls == []


def test_start_watch_and_read(as_ada, proposal, loopback):
    loopback.messages.answer = acting()
    started = as_ada.post(address(proposal, "start/"), {"agreed": "5"}, follow=True)
    assert "12 situations are put to" in started.content.decode()
    assert 'hx-trigger="every 2s"' in started.content.decode()

    replays.run(Replay.objects.get().pk)

    page = as_ada.get(address(proposal)).content.decode()
    assert "With the rule 12 of 12 situations go better" in page
    assert "At 95 %" in page
    assert 'hx-trigger="every 2s"' not in page
    assert "before step 1" in page


@pytest.mark.parametrize("agreed", ["", "much", "NaN", "0.00001"])
def test_nothing_starts_without_an_amount_that_covers_it(
    as_ada, proposal, loopback, agreed
):
    answer = as_ada.post(address(proposal, "start/"), {"agreed": agreed})
    assert answer.status_code == 422
    assert not Replay.objects.exists()


def test_whoever_only_reads_starts_nothing(as_vera, proposal, loopback):
    page = as_vera.get(f"{address(proposal)}?price=1").content.decode()
    assert 'name="agreed"' not in page
    assert as_vera.post(address(proposal, "start/"), {"agreed": "5"}).status_code == 403


def test_another_team_sees_nothing(as_eve, proposal):
    assert as_eve.get(address(proposal)).status_code == 404


def test_it_can_be_canceled_once(as_ada, proposal, loopback):
    as_ada.post(address(proposal, "start/"), {"agreed": "5"})

    first = as_ada.post(address(proposal, "cancel/"))
    second = as_ada.post(address(proposal, "cancel/"))

    assert first.status_code == 302
    assert second.status_code == 409
    assert Replay.objects.get().state == "canceled"


def test_nothing_that_is_not_there_is_canceled(as_ada, proposal):
    assert as_ada.post(address(proposal, "cancel/")).status_code == 409


def test_the_page_of_a_proposal_fetches_it(as_ada, proposal):
    page = as_ada.get(f"/proposals/{proposal.pk}/").content.decode()
    assert f'hx-get="{address(proposal)}"' in page


def test_a_later_wording_is_told_apart(as_ada, proposal, loopback):
    loopback.messages.answer = acting()
    as_ada.post(address(proposal, "start/"), {"agreed": "5"})
    replays.run(Replay.objects.get().pk)
    Proposal.objects.update(wording=2)

    page = as_ada.get(address(proposal)).content.decode()

    assert "This tried wording 1; the newest is 2." in page


def test_what_an_agent_would_do_is_shown_as_words(as_ada, proposal, loopback):
    loopback.messages.answer = acting(without='900, "<script>alert(1)</script>": 1')
    as_ada.post(address(proposal, "start/"), {"agreed": "5"})
    replays.run(Replay.objects.get().pk)

    page = as_ada.get(address(proposal)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_many_situations_need_no_more_queries(
    as_ada, proposal, loopback, django_assert_max_num_queries
):
    loopback.messages.answer = acting()
    as_ada.post(address(proposal, "start/"), {"agreed": "5"})
    replays.run(Replay.objects.get().pk)
    with django_assert_max_num_queries(16):
        htmx(as_ada.get, address(proposal))
