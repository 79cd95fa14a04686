"""The palette finds what is the team's own, and nothing else."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db


def found(client, typed: str) -> str:
    return client.get("/palette/", {"q": typed}).content.decode()


def test_pages_are_found_by_their_names(as_vera):
    assert "/audit/" in found(as_vera, "aud")


def test_settings_of_the_team_are_offered_to_admins_only(as_max, as_vera):
    assert "/settings/people/" in found(as_max, "peo")
    assert "/settings/people/" not in found(as_vera, "peo")


def test_another_team_s_stores_are_not_found(as_vera, as_eve, team):
    factories.a_store(team, "secret-notes")

    assert "secret-notes" in found(as_vera, "secret")
    assert "secret-notes" not in found(as_eve, "secret")


@pytest.mark.parametrize("typed", ["", "P-", "P-99999999999999999999", "%", "zzz"])
def test_whatever_is_typed_has_an_answer(as_vera, typed):
    assert as_vera.get("/palette/", {"q": typed}).status_code == 200
