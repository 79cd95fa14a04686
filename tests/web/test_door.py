"""Who comes in: signed-in members of a team; everybody else is asked, or sees nothing."""

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from reviews.teams import members, setup
from reviews.teams.models import User
from reviews.web import access
from reviews.web import urls as web
from tests import factories
from tests.factories import SETUP, a_proposal, a_store, a_team
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempts_counted():
    cache.clear()


def test_a_stranger_is_asked_to_sign_in_and_comes_back(cast):
    client = Client()

    asked = client.get("/audit/?q=a%20b")
    signed_in = client.post(
        asked.url,
        {"login": "ada", "password": factories.PASSWORD, "next": "/audit/?q=a%20b"},
    )

    assert asked.status_code == 302
    assert asked.url == "/account/login/?next=/audit/%3Fq%3Da%2520b"
    assert signed_in.url == "/audit/?q=a%20b"


def test_a_fragment_for_a_stranger_sends_the_page_to_the_sign_in(cast):
    response = htmx(Client().get, "/audit/")

    assert response.status_code == 401
    assert response["HX-Redirect"] == "/account/login/?next=%2Faudit%2F"


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "\\\\evil"]
)
def test_a_sign_in_never_leads_to_another_site(cast, address):
    response = Client().post(
        "/account/login/",
        {"login": "ada", "password": factories.PASSWORD, "next": address},
    )

    assert response.status_code == 302
    assert response.url == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(cast):
    def answer(name: str) -> str:
        page = Client().post("/account/login/", {"login": name, "password": "wrong"})
        return re.sub(
            r'(value|nonce|hx-headers)=("[^"]*"|.\{[^}]*\}.)', "", page.content.decode()
        )

    assert answer("ada") == answer("nobody")


def test_guessing_is_stopped_after_some_attempts(cast):
    client = Client()
    for _ in range(10):
        client.post("/account/login/", {"login": "ada", "password": "wrong"})

    right = client.post(
        "/account/login/", {"login": "ada", "password": factories.PASSWORD}
    )

    assert right.status_code == 200
    assert "Too many" in right.content.decode()


def test_nobody_signs_up_alone():
    response = Client().post(
        "/account/signup/", {"username": "eve", "password1": "x", "password2": "x"}
    )

    assert "made by an admin" in response.content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_somebody_without_a_team_is_told_so(db):
    client = Client()
    client.force_login(factories.a_user("newcomer"))

    response = client.get("/audit/")

    assert response.status_code == 403
    assert "no team yet" in response.content.decode()


def test_every_page_asks_for_a_sign_in_unless_it_says_that_it_is_public():
    public = {
        pattern.name
        for pattern in every_pattern(get_resolver().url_patterns, "web")
        if hasattr(pattern.callback, "public")
    }

    assert public == {"setup"}


def every_pattern(patterns, app_name="", inside=False):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = inside or pattern.app_name == app_name
            yield from every_pattern(pattern.url_patterns, app_name, inner)
        elif isinstance(pattern, URLPattern) and inside:
            yield pattern


def test_a_permission_that_does_not_exist_cannot_be_asked_for():
    with pytest.raises(ValueError, match="fly"):
        access.needs("fly")


def test_the_first_admin_needs_the_code_from_the_console(db, tmp_path, settings):
    settings.SETUP_CODE_FILE = tmp_path / "code"
    code = setup.ensure_code(settings.SETUP_CODE_FILE)
    client = Client()
    typed = {"team": "Support", "username": "max", "password": factories.PASSWORD}

    wrong = client.post("/setup/", typed | {"code": "guess"})
    right = client.post("/setup/", typed | {"code": code})
    again = client.get("/setup/")

    assert wrong.status_code == 422
    assert "not the code" in wrong.content.decode()
    assert right.url == "/"
    assert User.objects.get().memberships.get().role == "admin"
    assert again.url == "/account/login/"


def test_the_setup_page_takes_the_code_from_its_address(db):
    page = Client().get("/setup/?code=abc").content.decode()

    assert 'value="abc"' in page


def test_a_short_password_is_refused_beside_its_reason(db, tmp_path, settings):
    settings.SETUP_CODE_FILE = tmp_path / "code"
    code = setup.ensure_code(settings.SETUP_CODE_FILE)

    page = Client().post(
        "/setup/",
        {"team": "Home", "username": "max", "password": "short", "code": code},
    )

    assert page.status_code == 422
    assert "too short" in page.content.decode()
    assert not User.objects.exists()


def test_a_stranger_finds_the_setup_while_there_is_nobody(db):
    response = Client().get("/audit/")

    assert response.url == "/setup/"


def test_one_looks_at_one_team_and_chooses_among_ones_own(cast, team, as_ada):
    other = factories.a_team("research")
    factories.a_user("ada", other)

    chosen = as_ada.post("/teams/choose/", {"team": other.pk, "next": "/audit/"})
    page = as_ada.get(chosen.url).content.decode()
    foreign = as_ada.post(
        "/teams/choose/", {"team": cast["eve"].memberships.get().team_id}
    )

    assert "Research" in page
    assert foreign.status_code == 404


def test_every_web_address_is_in_the_namespace():
    assert web.app_name == "web"
    assert settings.LOGIN_URL == "account_login"


def test_no_cache_keeps_a_page_of_a_team(as_ada):
    assert as_ada.get("/inbox/")["Cache-Control"] == "private, no-store"


def test_a_link_into_another_of_ones_teams_goes_over_to_it(as_ada, cast):
    other = a_team("other")
    members.add(cast["ada"], other, "viewer", by=SETUP)
    proposal = a_proposal(a_store(other, "elsewhere"))

    assert as_ada.get(f"/proposals/{proposal.pk}/").status_code == 200
    assert as_ada.get("/memory/elsewhere/").context["request"].team == other
    # The role is the one that she has there.
    refused = as_ada.post(f"/proposals/{proposal.pk}/approve/")
    assert refused.status_code == 403


def test_a_link_into_a_strangers_team_leads_nowhere_and_changes_nothing(
    as_ada, cast, team
):
    members.add(cast["ada"], a_team("other"), "viewer", by=SETUP)
    proposal = a_proposal(a_store(a_team("strangers")))

    assert as_ada.get(f"/proposals/{proposal.pk}/").status_code == 404
    assert as_ada.get("/inbox/").context["request"].team == team


def test_whoever_posts_after_the_session_ended_comes_back_to_the_page(cast, client):
    def next_of(**headers):
        answer = client.post("/settings/theme/", {"theme": "dark"}, headers=headers)
        return answer.url

    ours = next_of(referer="http://testserver/traces/?q=x")
    assert ours == "/account/login/?next=/traces/%3Fq%3Dx"
    for foreign in ({}, {"referer": "http://evil.example/traces/"}):
        assert next_of(**foreign) == "/account/login/?next=/"
