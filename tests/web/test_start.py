"""The first page: to the inbox when there is something, else two honest ways to begin."""

import gzip
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reviews.dreams import messages
from reviews.examples import team as example
from reviews.teams.models import Agent
from reviews.traces.models import Trace
from reviews.web import forms
from tests import factories
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


def a_file(*records: object, name: str = "traces.ndjson") -> SimpleUploadedFile:
    lines = "\n".join(
        record if isinstance(record, str) else json.dumps(record) for record in records
    )
    return SimpleUploadedFile(name, lines.encode())


def a_record(external_id: str) -> dict[str, object]:
    return {
        "external_id": external_id,
        "steps": [
            {"kind": "message", "actor": "person", "text": "Refund order 4411."},
            {"kind": "message", "actor": "agent", "text": "Done."},
        ],
    }


def text(response) -> str:
    return response.content.decode()


def test_an_empty_team_is_offered_two_ways_to_begin(as_ada):
    page = as_ada.get("/", follow=True)

    assert "Import my own traces" in text(page)
    assert "Look at an example team" in text(page)


def test_a_team_with_traces_begins_at_its_inbox(as_ada, team):
    as_ada.post("/begin/import/", {"file": a_file(a_record("a")), "agent": "bot"})

    assert as_ada.get("/").url == "/inbox/"


def test_a_file_is_imported_and_every_record_accounted_for(as_ada, team):
    broken = '{"external_id": "c", "steps": ['

    page = as_ada.post(
        "/begin/import/",
        {"file": a_file(a_record("a"), a_record("b"), broken), "agent": "bot"},
    )

    assert page.status_code == 200
    assert Trace.objects.filter(team=team, agent__name="bot").count() == 2
    assert "2 traces imported" in text(page)
    assert "line 3" in text(page)


def test_the_same_file_again_adds_nothing(as_ada, team):
    for _ in range(2):
        page = as_ada.post(
            "/begin/import/", {"file": a_file(a_record("a")), "agent": "bot"}
        )

    assert Trace.objects.filter(team=team).count() == 1
    assert "0 traces imported" in text(page)


def test_a_zipped_file_is_read_too(as_ada, team):
    zipped = gzip.compress(json.dumps(a_record("a")).encode())

    as_ada.post(
        "/begin/import/",
        {
            "file": SimpleUploadedFile("../../etc/traces.json.gz", zipped),
            "agent": "bot",
        },
    )

    assert Trace.objects.filter(team=team).count() == 1


def test_an_agent_that_is_imported_for_a_store_reads_it(as_ada, team):
    factories.a_store(team, "support")

    as_ada.post(
        "/begin/import/",
        {"file": a_file(a_record("a")), "agent": "bot", "store": "support"},
    )

    assert Agent.objects.get(team=team).subscriptions.get().store.name == "support"


def test_a_file_that_is_no_trace_is_refused_with_its_reason(as_ada, team):
    page = as_ada.post(
        "/begin/import/", {"file": a_file({"shopping": ["milk"]}), "agent": "bot"}
    )

    assert "not a known format" in text(page)
    assert not Trace.objects.exists()


def test_too_large_a_file_is_sent_to_the_command(as_ada, monkeypatch):
    monkeypatch.setattr(forms, "LARGEST_UPLOAD", 10)

    page = as_ada.post(
        "/begin/import/", {"file": a_file(a_record("a")), "agent": "bot"}
    )

    assert page.status_code == 422
    assert "import it by command" in text(page)


def test_a_viewer_may_not_import(as_vera):
    assert "Import</a>" not in as_vera.get("/traces/").content.decode()
    page = as_vera.post("/begin/import/", {"file": a_file(a_record("a")), "agent": "b"})

    assert page.status_code == 403
    assert not Trace.objects.exists()


def test_the_example_is_made_while_one_waits_when_no_worker_listens(
    as_ada, team, monkeypatch
):
    monkeypatch.setattr(messages, "somebody_listens", lambda: False)
    monkeypatch.setattr(example, "TRACES", 50)
    monkeypatch.setattr(example.create, "__kwdefaults__", _with_fewer_traces())

    page = as_ada.post("/begin/example/make/", follow=True)
    entered = as_ada.post(
        "/teams/choose/", {"team": example.find().pk, "next": "/audit/"}, follow=True
    )

    assert "is ready" in text(page)
    assert Trace.objects.filter(team=example.find()).count() == 50
    assert not Trace.objects.filter(team=team).exists()
    assert example.NAME in text(entered)


def _with_fewer_traces():
    return dict(example.create.__kwdefaults__, traces=50)


def test_with_a_worker_the_example_is_asked_for_and_watched(as_ada, monkeypatch):
    sent = []
    monkeypatch.setattr(messages, "somebody_listens", lambda: True)
    monkeypatch.setattr(messages, "send", lambda task, pk: sent.append(task))

    page = as_ada.post("/begin/example/make/", follow=True)
    poll = htmx(as_ada.get, "/begin/example/")

    assert sent == ["reviews.examples.create"]
    assert 'hx-trigger="every 1s"' in text(page)
    assert poll.status_code == 200
    assert text(poll).lstrip().startswith('<div id="progress"')


def test_the_poll_stops_when_the_example_is_there(as_ada, cast, monkeypatch):
    monkeypatch.setattr(example, "TRACES", 0)
    made = factories.a_team(example.SLUG)
    factories.a_user("ada", made, "admin")

    poll = htmx(as_ada.get, "/begin/example/")

    assert poll.status_code == 286
    assert "hx-get" not in text(poll)


def test_somebody_else_s_example_is_not_counted_out_to_a_stranger(as_ada):
    factories.a_team(example.SLUG)

    page = as_ada.get("/begin/example/")

    assert "is ready" not in text(page)
