"""Settings are for admins; what is saved is recorded, secrets are shown once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from reviews.audit.models import LedgerEntry
from reviews.memory.models import Store
from reviews.proposals.models import Proposal
from reviews.teams import tokens
from reviews.teams.models import Agent, Membership, Token, User
from reviews.web import unfolding
from tests import factories
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

# What the page of a store sends back unchanged.
SETTINGS = {"hold_seconds": "10", "deletion_limit": "5", "review_hours": "72"}
ADMIN_PAGES = ["/settings/agents/", "/settings/stores/", "/settings/people/"]


@pytest.mark.parametrize("url", ADMIN_PAGES)
def test_only_admins_see_the_team_s_settings(url, as_max, as_lin, as_ada, as_vera):
    assert as_max.get(url).status_code == 200
    for client in (as_lin, as_ada, as_vera):
        refused = client.get(url)
        assert refused.status_code == 403
        assert "Only an admin" in refused.content.decode()


def test_an_agent_is_made_with_the_stores_that_it_reads(as_max, team):
    factories.a_store(team, "support")

    made = as_max.post(
        "/settings/agents/", {"name": "refund-bot", "stores": ["support"]}
    )

    agent = Agent.objects.get(team=team)
    assert made.url == f"/settings/agents/{agent.pk}/"
    assert agent.subscriptions.get().store.name == "support"


def test_an_agent_with_an_odd_name_is_refused_in_place(as_max, team):
    page = as_max.post("/settings/agents/", {"name": "<script>"})

    assert page.status_code == 422
    assert "cannot be an agent" in page.content.decode()
    assert not Agent.objects.filter(team=team).exists()


def test_a_token_is_shown_once_and_works(as_max, team):
    agent = factories.an_agent(team, "bot")
    url = f"/settings/agents/{agent.pk}/"

    made = as_max.post(url, {"scopes": ["read-memory"], "days": "30"})
    page = as_max.get(made.url)
    clear = re.search(r'id="issued">(db_[^<]+)<', page.content.decode())[1]

    assert page["Cache-Control"] == "no-store"
    assert Token.objects.get().hash == tokens.digest(clear)
    assert made.status_code == 302
    assert clear not in as_max.get(url).content.decode()
    assert clear not in str(dict(as_max.session))
    last_day = Token.objects.get().expires_at.date()
    assert f">{last_day.isoformat()}</time>" in page.content.decode()


def test_a_token_is_not_shown_on_the_page_of_another_agent(as_max, team):
    bot, other = factories.an_agent(team, "bot"), factories.an_agent(team, "other")

    as_max.post(f"/settings/agents/{bot.pk}/", {"scopes": ["read-memory"]})
    page = as_max.get(f"/settings/agents/{other.pk}/").content.decode()

    assert 'id="issued"' not in page


def test_a_token_needs_a_scope(as_max, team):
    agent = factories.an_agent(team, "bot")

    page = as_max.post(f"/settings/agents/{agent.pk}/", {"days": "30"})

    assert page.status_code == 422
    assert not Token.objects.exists()


def test_a_revoked_token_stays_listed_as_revoked(as_max, team):
    agent = factories.an_agent(team, "bot")
    token, _ = tokens.issue(agent, ["read-memory"], by=factories.MAX)

    page = as_max.post(f"/settings/tokens/{token.pk}/revoke/", follow=True)

    token.refresh_from_db()
    assert token.revoked_at
    assert "Revoked" in page.content.decode()


def test_another_team_s_agents_stores_and_people_do_not_exist(as_eve, cast, team):
    agent = factories.an_agent(team, "bot")
    token, _ = tokens.issue(agent, ["read-memory"], by=factories.MAX)
    factories.a_store(team, "support")
    ada = Membership.objects.get(user=cast["ada"], team=team)

    assert as_eve.get(f"/settings/agents/{agent.pk}/").status_code == 404
    assert as_eve.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert as_eve.get("/settings/stores/support/").status_code == 404
    assert as_eve.post(f"/settings/people/{ada.pk}/remove/").status_code == 404
    assert Membership.objects.filter(pk=ada.pk).exists()


def test_a_store_is_made_and_its_hold_changed_on_the_record(as_max, team):
    as_max.post("/settings/stores/", {"name": "support", "description": "Refunds"})

    saved = as_max.post("/settings/stores/support/", SETTINGS | {"hold_seconds": "30"})

    assert saved.status_code == 302
    assert Store.objects.get(team=team).hold_seconds == 30
    entry = LedgerEntry.objects.get(action="store.changed")
    assert '"hold_seconds":"10 -> 30"' in entry.content


@pytest.mark.parametrize("hold", ["-1", "ten", ""])
def test_a_hold_that_is_no_number_of_seconds_is_refused(as_max, team, hold):
    factories.a_store(team, "support")

    page = as_max.post("/settings/stores/support/", SETTINGS | {"hold_seconds": hold})

    assert page.status_code == 422
    assert Store.objects.get(team=team).hold_seconds == 10


def test_a_store_says_within_how_many_hours_to_decide(as_max, as_ada, team):
    store = factories.a_store(team, "support")
    factories.a_proposal(store)
    Proposal.objects.update(waiting_since=timezone.now() - timedelta(hours=5))
    assert "longer than they should" not in as_ada.get("/inbox/").content.decode()

    saved = as_max.post("/settings/stores/support/", SETTINGS | {"review_hours": "4"})

    assert saved.status_code == 302
    page = as_ada.get("/inbox/").content.decode()
    assert "1 of 1 have waited for longer than they should." in page
    assert "a decision within 4 h" in page
    entry = LedgerEntry.objects.get(action="store.changed")
    assert '"review_hours":"72 -> 4"' in entry.content


@pytest.mark.parametrize("hours", ["0", "8761", "soon", ""])
def test_a_time_to_decide_that_nobody_could_keep_is_refused(as_max, team, hours):
    factories.a_store(team, "support")

    page = as_max.post("/settings/stores/support/", SETTINGS | {"review_hours": hours})

    assert page.status_code == 422
    assert Store.objects.get(team=team).review_hours == 72


def test_a_store_s_name_is_taken_once(as_max, team):
    factories.a_store(team, "support")

    page = as_max.post("/settings/stores/", {"name": "support"})

    assert page.status_code == 422
    assert "already a store" in page.content.decode()


def test_somebody_new_joins_with_a_first_password(as_max, team):
    as_max.post(
        "/settings/people/",
        {"username": "nora", "role": "operator", "password": factories.PASSWORD},
    )

    nora = User.objects.get(username="nora")
    assert nora.check_password(factories.PASSWORD)
    assert nora.memberships.get().role == "operator"


def test_somebody_known_joins_without_a_password_and_keeps_their_own(
    as_max, cast, team
):
    before = cast["eve"].password

    as_max.post("/settings/people/", {"username": "eve", "role": "viewer"})

    cast["eve"].refresh_from_db()
    assert cast["eve"].password == before
    assert Membership.objects.get(user=cast["eve"], team=team).role == "viewer"


def test_somebody_unknown_without_a_password_is_not_made(as_max):
    page = as_max.post("/settings/people/", {"username": "nora", "role": "viewer"})

    assert page.status_code == 422
    assert not User.objects.filter(username="nora").exists()


def test_a_role_is_changed_and_recorded(as_max, cast, team):
    ada = Membership.objects.get(user=cast["ada"], team=team)

    as_max.post(f"/settings/people/{ada.pk}/role/", {"role": "lead"})

    ada.refresh_from_db()
    assert ada.role == "lead"
    assert LedgerEntry.objects.filter(action="member.changed").exists()


@pytest.mark.parametrize("act", ["role", "remove"])
def test_the_last_admin_stays(as_max, cast, team, act):
    own = Membership.objects.get(user=cast["max"], team=team)

    refused = as_max.post(f"/settings/people/{own.pk}/{act}/", {"role": "viewer"})

    own.refresh_from_db()
    assert refused.status_code == 409
    assert own.role == "admin"
    page = refused.content.decode()
    assert "max is the last admin of" in page
    assert "<h2>Add somebody</h2>" in page
    assert '<option value="viewer" selected>' in page.split("Role of max")[1]


def test_a_refusal_reaches_htmx_as_a_toast_with_its_status(as_max, cast, team):
    own = Membership.objects.get(user=cast["max"], team=team)

    refused = htmx(as_max.post, f"/settings/people/{own.pk}/remove/")

    assert refused.status_code == 409
    assert refused["HX-Retarget"] == "#flash"
    assert b"<html" not in refused.content
    assert b"last admin" in refused.content


def test_a_person_s_look_is_kept_and_the_page_wears_it(as_vera):
    as_vera.post(
        "/settings/appearance/",
        {
            "theme": "dark",
            "density": "compact",
            "diff": "classic",
            "view": "split",
            "keys": "off",
        },
    )

    page = as_vera.get("/settings/appearance/").content.decode()
    assert (
        'data-theme="dark" data-density="compact" data-diff="classic" data-keys="off"'
        in page
    )
    assert as_vera.cookies["theme"].value == "dark"


@pytest.mark.parametrize(
    ("kept", "address", "shown"),
    [
        ("split", "/", "split"),
        ("split", "/?view=unified", "unified"),
        ("split", "/?view=unknown", None),
        ("auto", "/", None),
    ],
)
def test_diffs_are_shown_as_the_person_likes_unless_the_address_says(
    cast, rf, kept, address, shown
):
    request = rf.get(address)
    request.user = cast["vera"]
    request.user.preferences = {"view": kept}

    assert unfolding.asked(request).view == shown


def test_the_theme_menu_changes_only_the_theme_and_comes_back(as_vera):
    as_vera.post("/settings/theme/", {"theme": "light", "next": "/audit/?q=x"})

    elsewhere = as_vera.post(
        "/settings/theme/", {"theme": "dark", "next": "//evil.example/"}
    )

    assert elsewhere.url == "/"
    assert 'data-theme="dark"' in as_vera.get("/audit/").content.decode()
    assert htmx(as_vera.post, "/settings/theme/", {"theme": "auto"}).status_code == 204


def test_the_sign_in_wears_the_theme_that_the_browser_remembers():
    client = Client()
    client.cookies["theme"] = "dark"

    assert 'data-theme="dark"' in client.get("/account/login/").content.decode()


def test_a_theme_that_does_not_exist_is_the_system_s(as_vera):
    as_vera.post("/settings/theme/", {"theme": '"><script>'})

    assert 'data-theme="auto"' in as_vera.get("/audit/").content.decode()


def test_the_lists_ask_no_more_for_more_rows(flat_queries, team):
    flat_queries("/settings/agents/", lambda: factories.an_agent(team))
    flat_queries("/settings/stores/", lambda: factories.a_store(team))
    flat_queries(
        "/settings/people/",
        lambda: factories.a_user(f"user{User.objects.count()}", team),
    )
