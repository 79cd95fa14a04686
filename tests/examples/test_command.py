"""``manage.py example`` makes the team, or writes the traces to a file."""

import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reviews.examples import generator, team
from tests.factories import a_team, a_user


def run(*words: str) -> str:
    out = StringIO()
    call_command("example", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_makes_the_team_and_says_what_to_do_next():
    said = run("--traces", "50")

    assert "50 traces of 5 agents" in said
    assert "manage.py dream support --team example" in said
    assert team.find() is not None


@pytest.mark.django_db
def test_for_a_program_it_prints_facts_also_the_second_time():
    facts = json.loads(run("--traces", "50", "--json"))
    again = json.loads(run("--traces", "50", "--json"))

    assert facts["team"] == "example"
    assert facts["store"] == "support"
    assert facts["traces"] == 50
    assert (facts["existed"], again["existed"]) == (False, True)


@pytest.mark.django_db
def test_the_user_who_asks_becomes_its_admin():
    max_ = a_user("max", a_team(), "admin")

    run("--traces", "50", "--by", "max")

    assert max_.memberships.get(team=team.find()).role == "admin"


@pytest.mark.django_db
def test_an_unknown_user_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        run("--traces", "50", "--by", "nobody")

    assert ended.value.code == 1
    assert team.find() is None


@pytest.mark.parametrize("name", ["traces.ndjson", "traces.ndjson.gz"])
def test_it_writes_the_traces_to_a_file_without_any_database(tmp_path, name):
    said = run("--traces", "60", "--out", str(tmp_path / name))

    opened = gzip.open if name.endswith(".gz") else open
    with opened(tmp_path / name, "rb") as file:
        lines = file.read().splitlines()
    assert lines == list(generator.lines(60))
    assert "Wrote 60 traces" in said


@pytest.mark.parametrize("count", ["49", "100001", "many"])
def test_an_impossible_number_is_an_error_of_the_command_line(count):
    with pytest.raises(CommandError):
        run("--traces", count)
