"""The palette finds what is the team's own, and nothing else."""

import re

import pytest

from reviews.proposals.models import Visit
from reviews.traces import search
from tests import factories
from tests.factories import a_proposal, a_store, a_trace, a_version, an_add, an_agent

pytestmark = pytest.mark.django_db


def found(client, typed: str) -> str:
    return client.get("/palette/", {"q": typed}).content.decode()


def test_pages_are_found_by_their_names(as_vera):
    assert "/audit/" in found(as_vera, "aud")


def test_settings_of_the_team_are_offered_to_admins_only(as_max, as_vera):
    assert "/settings/people/" in found(as_max, "peo")
    assert "/settings/people/" not in found(as_vera, "peo")


def test_an_agent_s_page_is_found_by_its_name(as_vera, as_eve, team):
    agent = an_agent(team, "purchasing")

    assert f"/agents/{agent.pk}/" in found(as_vera, "purch")
    assert f"/agents/{agent.pk}/" not in found(as_eve, "purch")


def test_another_team_s_stores_are_not_found(as_vera, as_eve, team):
    factories.a_store(team, "secret-notes")

    assert "secret-notes" in found(as_vera, "secret")
    assert "secret-notes" not in found(as_eve, "secret")


@pytest.mark.parametrize("typed", ["", "P-", "P-99999999999999999999", "%", "zzz"])
def test_whatever_is_typed_has_an_answer(as_vera, typed):
    assert as_vera.get("/palette/", {"q": typed}).status_code == 200


def labels(client, typed):
    spans = re.findall(r'<span class="grow">(.*?)</span>', found(client, typed))
    return [re.sub("<[^>]+>", "", each) for each in spans]


@pytest.mark.parametrize("typed", ["{pk}", "P-{pk}", "p-{pk}"])
def test_a_proposal_is_found_by_its_number_first(as_vera, team, typed):
    store = a_store(team)
    proposal = a_proposal(store)
    a_proposal(store)

    page = found(as_vera, typed.format(pk=proposal.pk))

    assert page.index("<a ") == page.index(
        f'<a class="menu__item" href="/proposals/{proposal.pk}/"'
    )


def test_a_proposal_is_found_by_words_of_its_title_newest_first(as_vera, as_eve, team):
    store = a_store(team)
    old, new = (a_proposal(store, an_add(f"- Amounts {n} in `euros`.")) for n in (1, 2))

    page = found(as_vera, "euros amounts")

    assert re.findall(r"/proposals/(\d+)/", page) == [str(new.pk), str(old.pk)]
    assert "/proposals/" not in found(as_eve, "euros amounts")


def test_a_run_is_found_by_its_id_and_by_words_begun(as_vera, as_eve, team):
    trace = a_trace(an_agent(team), "Refund the quokka.", name="run/0d3f-9b14")

    for typed in ("run/0d3f-9b14", "quok", "refund quo"):
        assert f"/traces/{trace.pk}/" in found(as_vera, typed)
        assert f"/traces/{trace.pk}/" not in found(as_eve, typed)
    assert "/traces/" not in found(as_vera, "wallab")


@pytest.mark.parametrize(
    "typed", ["&", "a & | !", "':*", "<-> (", "\u20ac\u20ac\u20ac"]
)
def test_words_begun_are_never_an_error(team, typed):
    assert list(search.begun(team, typed)) == []


def test_a_version_is_found_by_store_and_number(as_vera, as_eve, team):
    for name in ("support", "retail"):
        store = a_store(team, name)
        a_version(store, rules="- One.\n")
    a_version(store, rules="- Two.\n")

    assert labels(as_vera, "support v1") == ["support v1"]
    assert labels(as_vera, "v1") == ["retail v1", "support v1"]
    assert labels(as_vera, "V2") == ["retail v2"]
    assert "/history/support/1/" in found(as_vera, "sup v1")
    assert "/history/" not in found(as_eve, "support v1")


def test_without_a_word_it_offers_where_one_was_last_and_the_keys(as_vera, cast, team):
    store = a_store(team)
    seen, other = a_proposal(store), a_proposal(store)
    Visit.objects.create(proposal=seen, user=cast["vera"])
    Visit.objects.create(proposal=other, user=cast["ada"])

    page = found(as_vera, "")

    assert re.findall(r"/proposals/(\d+)/", page) == [str(seen.pk)]
    assert '<kbd aria-hidden="true">g i</kbd>' in page


def test_acts_are_found_by_their_words_by_those_who_may(as_ada, as_vera):
    assert labels(as_ada, "traces import") == ["Import traces"]
    assert "Import traces" not in labels(as_vera, "traces import")


def test_it_asks_little(as_vera, team, django_assert_max_num_queries):
    store = a_store(team)
    for _ in range(8):
        a_proposal(store)
    found(as_vera, "rules")

    with django_assert_max_num_queries(14):
        found(as_vera, "rules")
