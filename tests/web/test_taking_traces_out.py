"""A run leaves as a file, on the record; or for good, and something says so."""

import json

import pytest

from reviews.audit import ledger
from reviews.audit.models import LedgerEntry
from reviews.proposals.models import Evidence
from reviews.traces import intake, payloads
from reviews.traces.models import Trace, TraceBody
from tests import factories
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(team):
    return factories.an_agent(team, "billing")


@pytest.fixture
def trace(agent):
    return factories.a_trace(agent, "Amounts in euros, <b>.", "Yes.", name="run 1/ø")


def acts(action):
    return LedgerEntry.objects.filter(action=action)


def erase(client, trace, ask=None, **data):
    told = {"typed": trace.external_id, "reason": "They asked for it."} | data
    url = f"/traces/{trace.pk}/erase/"
    return htmx(client.post, url, told) if ask else client.post(url, told)


@pytest.mark.parametrize("layout", ["json", "ndjson"])
def test_what_is_downloaded_can_be_imported_again(as_ada, agent, trace, layout):
    answer = as_ada.post(f"/traces/{trace.pk}/download/", {"as": layout})

    assert answer["Content-Disposition"] == f'attachment; filename="run-1-ø.{layout}"'
    assert (answer.content.count(b"\n") == 1) is (layout == "ndjson")
    assert acts("trace.downloaded").count() == 1
    other = factories.an_agent(agent.team, "copy")
    record = payloads.decode(answer.content)
    (copied,) = intake.accept(other, [record], by=factories.SETUP)
    copy = Trace.objects.get(pk=copied.trace)
    assert (copy.digest, copy.group, copy.title, copy.person, copy.happened_at) == (
        trace.digest,
        trace.group,
        trace.title,
        trace.person,
        copy.started_at or copy.received_at,
    )


def test_only_those_who_may_import_may_download(as_vera, as_ada, trace):
    refused = as_vera.post(f"/traces/{trace.pk}/download/", {"as": "json"})

    assert refused.status_code == 403
    assert b"/download/" not in as_vera.get(f"/traces/{trace.pk}/").content
    assert b"/download/" in as_ada.get(f"/traces/{trace.pk}/").content
    unknown = as_ada.post(f"/traces/{trace.pk}/download/", {"as": "pdf"})
    assert unknown.status_code == 422
    assert not acts("trace.downloaded").exists()


def test_one_step_is_shown_as_it_is_stored(as_vera, trace):
    answer = as_vera.get(f"/traces/{trace.pk}/steps/0.json")

    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content)["text"] == "Amounts in euros, <b>."
    assert as_vera.get(f"/traces/{trace.pk}/steps/2.json").status_code == 404


def test_an_erased_run_leaves_its_quotes_and_a_stone(
    as_max, as_vera, as_eve, team, trace
):
    store = factories.a_store(team, "support")
    factories.a_proposal(store, quotes=(factories.a_quote(trace, "in euros"),))

    answer = erase(as_max, trace)

    assert answer.status_code == 302
    assert not Trace.objects.filter(pk=trace.pk).exists()
    assert not TraceBody.objects.filter(trace_id=trace.pk).exists()
    assert Evidence.objects.get().quote == "in euros"
    (entry,) = acts("trace.erased")
    assert ledger.content_of(entry)["reason"] == "They asked for it."
    stone = as_vera.get(f"/traces/{trace.pk}/")
    page = stone.content.decode()
    assert stone.status_code == 410
    for told in ("max", "They asked for it.", "run 1/ø", "in euros"):
        assert told in page
    assert "Amounts" not in page
    assert as_eve.get(f"/traces/{trace.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("data", "why"),
    [({"typed": "run"}, "Type the id"), ({"reason": " "}, "Say why")],
)
def test_nothing_is_erased_by_the_way(as_max, trace, data, why):
    plain, within = erase(as_max, trace, **data), erase(as_max, trace, "htmx", **data)

    assert plain.status_code == within.status_code == 422
    assert why in plain.content.decode()
    assert within.content.decode().startswith(why)
    assert Trace.objects.filter(pk=trace.pk).exists()


def test_htmx_is_led_to_the_stone(as_max, trace):
    assert erase(as_max, trace, "htmx")["HX-Redirect"] == f"/traces/{trace.pk}/"


def test_only_admins_erase(as_lin, as_max, trace):
    assert erase(as_lin, trace).status_code == 403
    assert b'id="erase"' not in as_lin.get(f"/traces/{trace.pk}/").content
    assert b'id="erase"' in as_max.get(f"/traces/{trace.pk}/").content


def test_a_run_that_never_was_is_not_found(as_vera):
    assert as_vera.get("/traces/99999/").status_code == 404
