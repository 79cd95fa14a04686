"""Refusals and failures: an honest status, a face for people, a number to quote."""

import re
import uuid

import pytest
from django.test import Client, RequestFactory

from reviews.proposals import bindings
from reviews.web import errors
from tests import factories
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


def test_a_page_that_does_not_exist_says_so_with_the_request_s_number(as_ada):
    response = as_ada.get("/no/such/page/")

    assert response.status_code == 404
    assert response["X-Request-ID"] in response.content.decode()


def test_an_error_leads_back_to_the_page_that_led_to_it(as_ada):
    here = "http://testserver"

    page = as_ada.get("/no/", headers={"Referer": f"{here}/audit/?q=a"}).content
    elsewhere = as_ada.get("/no/", headers={"Referer": "https://evil.example/"}).content
    itself = as_ada.get("/no/", headers={"Referer": f"{here}/no/"}).content

    assert 'href="http://testserver/audit/?q=a">Back</a>' in page.decode()
    assert b">Back</a>" not in elsewhere + itself
    assert b"To the first page" in elsewhere
    assert as_ada.get("/no/", headers={"Host": "evil.example"}).status_code == 400


def test_a_fragment_that_does_not_exist_is_a_toast(as_ada):
    response = htmx(as_ada.get, "/audit/99999999/")

    assert response.status_code == 404
    assert response["HX-Retarget"] == "#flash"
    assert b"<html" not in response.content
    assert response["X-Request-ID"] in response.content.decode()


def test_only_what_failed_tells_the_number_of_its_request(as_ada, team):
    proposal = factories.a_proposal(factories.a_store(team))
    form = {"bound": bindings.of(proposal).bound, "request": str(uuid.uuid4())}

    done = as_ada.post(f"/proposals/{proposal.pk}/approve/", form, follow=True)

    page = done.content.decode()
    assert f"{proposal} is approved." in page
    assert '<span class="muted small">Request' not in page


def test_a_program_gets_problem_details_for_an_address_that_nobody_serves():
    response = Client().get("/api/no-such-thing")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_form_without_its_token_is_refused_with_a_page(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["max"], "django.contrib.auth.backends.ModelBackend")

    response = client.post("/settings/stores/", {"name": "support"})

    assert response.status_code == 403
    assert "reload it" in response.content.decode()


def test_what_breaks_shows_a_number_and_no_detail():
    response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "Something broke" in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_what_breaks_under_htmx_leaves_the_page_and_says_its_number(
    as_ada, monkeypatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("reviews.web.views.audit._chain", broken)
    as_ada.raise_request_exception = False

    response = htmx(as_ada.get, "/audit/")

    assert response.status_code == 500
    assert response["HX-Retarget"] == "#flash"
    assert response["X-Request-ID"] in response.content.decode()
    assert "RuntimeError" not in response.content.decode()


@pytest.mark.parametrize("status", [400, 403])
def test_other_refusals_have_pages_too(status):
    view = {400: errors.bad_request, 403: errors.forbidden}[status]

    assert view(RequestFactory().get("/"), Exception()).status_code == status


def test_every_page_comes_under_a_strict_content_policy(as_ada):
    policy = as_ada.get("/audit/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_page_and_its_fragment_are_cached_apart(as_ada):
    assert "HX-Request" in as_ada.get("/audit/")["Vary"]


def test_two_requests_have_two_numbers(as_ada):
    numbers = {as_ada.get("/audit/")["X-Request-ID"] for _ in range(2)}

    assert len(numbers) == 2
    assert all(re.fullmatch(r"[0-9a-f-]{36}", number) for number in numbers)


@pytest.mark.parametrize("url", ["/audit/?q=%00", "/settings/stores/a%00b/"])
def test_a_nul_that_no_text_can_hold_is_a_bad_request(as_max, url):
    assert as_max.get(url).status_code == 400
