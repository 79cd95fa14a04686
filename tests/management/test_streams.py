"""What commands say on which stream, and how they end when nobody listens or they break."""

import io
import json
import os

import pytest
from django.core.management import call_command

from reviews.proposals import listings
from tests.factories import a_proposal, a_store, a_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = a_store(a_team(), "support")
    a_proposal(store)
    return store


def ended(*words, out=None):
    """Run a command that ends early: its exit code and what stands on both streams."""
    out, err = out or io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(*map(str, words), stdout=out, stderr=err)
    return end.value.code, out, err.getvalue()


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_that_stops_reading_ends_the_command_quietly(store, form):
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "w") as out:
        code, _, said = ended("proposals", "support", *form, out=out)

    assert (code, said) == (141, "")


def test_a_refusal_that_nobody_reads_still_stands_on_stderr():
    a_team()
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "w") as out:
        code, _, said = ended("proposals", "nowhere", "--json", out=out)

    assert code == 141
    assert "nowhere" in said


def break_(monkeypatch):
    def broken(proposals):
        raise ZeroDivisionError("by nothing\x1b[2J")

    monkeypatch.setattr(listings, "of", broken)


def test_a_failure_of_ours_is_told_to_a_program_and_traced_on_stderr(
    store, monkeypatch
):
    break_(monkeypatch)

    code, out, said = ended("proposals", "support", "--json")

    assert code == 70
    error = json.loads(out.getvalue())["error"]
    assert error["code"] == "failure"
    assert error["message"].startswith("ZeroDivisionError: by nothing")
    assert said.startswith("Traceback")
    assert "in broken" in said
    assert "\x1b" not in said


def test_a_failure_of_ours_stays_pythons_own_for_people(store, monkeypatch):
    break_(monkeypatch)

    with pytest.raises(ZeroDivisionError):
        call_command("proposals", "support", stdout=io.StringIO())


def test_an_import_that_takes_nothing_says_why_on_stderr_beside_the_json(tmp_path):
    (tmp_path / "notes.json").write_text('{"name": "not a trace"}')

    code, out, said = ended("import", tmp_path, "--agent", "billing", "--json")

    assert code == 1
    assert json.loads(out.getvalue())["imported"] == 0
    assert "not a known format" in said
