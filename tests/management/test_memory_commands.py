"""Stores and bundles from the command line."""

import io
import json

import pytest
from django.core.management import call_command

from reviews.memory import versions
from reviews.memory.models import Store
from tests.factories import ADA, a_store, a_team, a_user

pytestmark = pytest.mark.django_db


def run(*words):
    """Run a command for a program and read what it says."""
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def refused(*words):
    """Run a command that ends with exit code 1: what it says on both streams."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(*words, stdout=out, stderr=err)
    assert end.value.code == 1
    return out.getvalue(), err.getvalue()


def test_a_store_is_begun_with_a_file_in_a_persons_name(tmp_path):
    team = a_team()
    a_user("ada", team)
    (tmp_path / "CLAUDE.md").write_text("- Run the tests.\n- Be brief.\n")

    said = run("store", "support", "--from", str(tmp_path / "CLAUDE.md"), "--by", "ada")

    store = Store.objects.get(team=team, name="support")
    version = store.versions.get()
    assert (version.kind, version.by) == ("import", "person:ada")
    assert said == {
        "store": "support",
        "team": team.slug,
        "version": 1,
        "digest": version.digest,
        "memories": ["/CLAUDE.md"],
        "rules": 2,
        "unreadable": [],
    }


def test_the_first_store_of_a_fresh_installation_makes_its_team():
    assert run("store", "support") == {"store": "support", "team": "home", "version": 0}


def test_files_left_out_are_named_and_the_exit_code_says_so(tmp_path):
    a_team()
    (tmp_path / "a.md").write_text("- a\n")
    (tmp_path / "b.bin").write_bytes(b"\x00")

    said, _ = refused("store", "support", "--from", str(tmp_path))

    assert "support is at version 1: 1 memory, 1 rule." in said
    assert "Left out: b.bin is a binary file." in said


@pytest.mark.parametrize("by", ["vera", "eve", "nobody"])
def test_a_store_is_not_begun_in_the_name_of_somebody_who_may_not(tmp_path, by):
    team = a_team("home")
    a_user("vera", team, "viewer")
    a_user("eve", a_team())

    refused("store", "support", "--team", "home", "--by", by)

    assert not Store.objects.exists()


def a_filled_store():
    store = a_store(name="support")
    versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")
    versions.commit(store, {"/a.md": "- two\n", "/b.md": "- b\n"}, by=ADA, reason="")
    return store


def test_a_bundle_is_printed_with_its_paths():
    a_filled_store()
    out = io.StringIO()

    call_command("bundle", "support", stdout=out)

    assert out.getvalue() == (
        "support version 2\n\n==> /a.md <==\n- two\n\n==> /b.md <==\n- b\n"
    )


def test_a_bundle_of_the_past_is_printed_for_a_program():
    store = a_filled_store()
    at = store.versions.get(number=1).at

    first = run("bundle", "support", "--version", "1")

    assert [memory["text"] for memory in first["memories"]] == ["- one\n"]
    assert run("bundle", "support", "--as-of", at.isoformat())["etag"] == first["etag"]
    assert run("bundle", "support", "--as-of", "2000-01-01")["version"] == 0


@pytest.mark.parametrize(
    "words",
    [("bundle", "nowhere"), ("bundle", "support", "--version", "9"), ("bundle", "support", "--as-of", "soon")],
)  # fmt: skip
def test_a_bundle_that_is_not_there_is_refused_in_words(words):
    a_filled_store()

    assert refused(*words)[1].strip()
