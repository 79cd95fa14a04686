"""Importing from the command line: what came in, what did not, and where it stands."""

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import call_command

from reviews.memory.models import Store, Subscription
from reviews.teams.models import Agent
from reviews.traces.models import Trace
from tests.factories import a_team

pytestmark = pytest.mark.django_db


def a_line(external_id: str, text: str = "Hello", **fields: object) -> str:
    trace = {"external_id": external_id, "steps": [{"actor": "person", "text": text}]}
    return json.dumps(trace | fields)


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines))
    return str(path)


def run(*words: str) -> tuple[int, dict]:
    """Import for a program: the exit code and what was said."""
    out, code = io.StringIO(), 0
    try:
        call_command("import", *words, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue())


def test_a_first_import_makes_what_is_missing_and_subscribes(tmp_path):
    path = write(tmp_path / "x.ndjson", a_line("1"), a_line("2"))

    code, said = run(path, "--agent", "billing", "--store", "rules")

    assert code == 0
    assert (said["files"], said["records"], said["imported"]) == (1, 2, 2)
    assert said["made"] == ["agent billing", "store rules"]
    assert Trace.objects.filter(agent__name="billing").count() == 2
    assert Subscription.objects.get().store == Store.objects.get(name="rules")


def test_a_second_import_adds_nothing_and_is_fine(tmp_path):
    path = write(tmp_path / "x.ndjson", a_line("1"), a_line("2"))
    run(path, "--agent", "billing", "--store", "rules")

    code, said = run(path, "--agent", "billing", "--store", "rules")

    assert code == 0
    assert (said["imported"], said["duplicates"], said["made"]) == (0, 2, [])
    assert Trace.objects.count() == 2


def test_what_is_left_out_is_listed_with_its_place_and_ends_with_3(tmp_path):
    secret = "AKIA" + "IOSFODNN7QWERTYZ"
    lines = [a_line("1", f"use {secret}"), "{broken", a_line("1", "other"), a_line(" ")]
    path = write(tmp_path / "x.ndjson", *lines)

    code, said = run(path, "--agent", "billing")

    assert code == 3
    assert said["imported"] == 1
    assert said["redactions"] == {"aws-key": 1}
    (unreadable,) = said["unreadable"]
    assert (unreadable["file"], unreadable["line"]) == (path, 2)
    (conflict,) = said["conflicts"]
    assert (conflict["external_id"], conflict["field"]) == ("1", "steps[0]")
    assert [entry["field"] for entry in said["invalid"]] == ["external_id"]


def test_nothing_to_import_is_a_refusal_and_makes_nothing(tmp_path):
    path = write(tmp_path / "notes.json", '{"name": "not a trace"}')

    code, said = run(path, "--agent", "billing", "--store", "rules")

    assert code == 1
    assert "not a known format" in said["unreadable"][0]["reason"]
    assert not Agent.objects.exists()
    assert not Store.objects.exists()


def test_a_person_is_named_for_traces_that_name_nobody(tmp_path):
    path = write(tmp_path / "x.ndjson", a_line("1"), a_line("2", person="bob"))

    run(path, "--agent", "billing", "--person", "ada")

    people = dict(Trace.objects.values_list("external_id", "person"))
    assert people == {"1": "ada", "2": "bob"}


def test_a_folder_without_any_file_to_read_says_what_was_looked_for(tmp_path):
    (tmp_path / "readme.md").write_text("Nothing here.")

    code, said = run(str(tmp_path), "--agent", "billing", "--store", "rules")

    assert code == 1
    assert said["error"]["message"] == (
        f"No file to import in {tmp_path}: looked for .json, .jsonl, .ndjson, and .gz."
    )
    assert not Agent.objects.exists()


def test_with_several_teams_one_must_be_chosen(tmp_path):
    a_team("one")
    a_team("two")
    path = write(tmp_path / "x.ndjson", a_line("1"))

    code, said = run(path, "--agent", "billing")
    assert code == 1
    assert "--team" in said["error"]["message"]

    code, said = run(path, "--agent", "billing", "--team", "two")
    assert code == 0
    assert Agent.objects.get().team.slug == "two"


def test_people_read_it_in_sentences(tmp_path):
    path = write(tmp_path / "x.ndjson", a_line("1"), "{broken")
    out = io.StringIO()

    with pytest.raises(SystemExit):
        call_command("import", path, "--agent", "billing", stdout=out)

    assert out.getvalue().splitlines() == [
        "Made the agent billing.",
        "1 trace in 1 file: 1 imported.",
        f"unreadable: {path}:2: object keys must be strings (byte 1)",
    ]


def test_a_file_whose_name_is_no_text_is_reported_all_the_same(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/raw\xff.json"))

    code, said = run(write(path, "{"), "--agent", "billing")

    assert code == 1
    assert said["unreadable"][0]["file"].endswith("raw\ufffd.json")


def test_what_traces_say_does_not_steer_the_terminal(tmp_path):
    out = io.StringIO()
    path = write(tmp_path / "x.ndjson", a_line("\x1b[2J\x1b]0;x\x07", person="p" * 121))

    with pytest.raises(SystemExit):
        call_command("import", path, "--agent", "billing", stdout=out)

    assert "invalid: " in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()
