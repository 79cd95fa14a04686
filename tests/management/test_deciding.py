"""Proposals from the command line: listed, decided, rolled back."""

import io
import json

import pytest
from django.core.management import call_command, load_command_class

from reviews.memory import versions
from reviews.proposals import bindings, decisions
from reviews.proposals.models import Proposal
from tests.factories import (
    ADA,
    a_proposal,
    a_store,
    a_team,
    a_user,
    a_version,
    an_add,
    an_edit,
)

pytestmark = pytest.mark.django_db
START = "- Amounts are in euros.\n- Ask before deleting.\n"


@pytest.fixture
def store():
    team = a_team()
    a_user("ada", team)
    a_user("vera", team, "viewer")
    store = a_store(team, "support")
    a_version(store, rules=START)
    return store


def run(*words):
    """Run a command for a program and read what it says."""
    out = io.StringIO()
    call_command(*map(str, words), "--json", stdout=out)
    return json.loads(out.getvalue())


def refused(*words):
    """Run a command that ends with exit code 1: what a program reads of it."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(*map(str, words), "--json", stdout=out, stderr=io.StringIO())
    assert end.value.code == 1
    return json.loads(out.getvalue())


def test_proposals_are_listed_with_rules_counts_and_evidence(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))

    said = run("proposals", "support", "--state", "open")

    (row,) = said["proposals"]
    assert (row["id"], row["state"]) == (proposal.name, "open")
    assert row["counts"]["runs"] == 12
    (operation,) = row["operations"]
    assert (operation["kind"], operation["text"]) == ("add", "Dates are ISO 8601.")
    (quote,) = operation["evidence"]
    assert quote["quote"] == "Amounts in euros"
    assert (quote["step"], quote["start"], quote["end"]) == (0, 0, 16)
    assert quote["trace"].startswith("run-")


def test_listing_asks_as_often_for_ten_as_for_two(store, django_assert_max_num_queries):
    for _ in range(10):
        a_proposal(store)

    with django_assert_max_num_queries(9):
        run("proposals", "support")


def test_a_proposal_is_approved_at_once(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))

    said = run("decide", proposal.name, "approve", "--by", "ada", "--reason", "Yes.")

    assert (said["state"], said["version"], said["by"]) == ("applied", 2, "person:ada")
    assert versions.head_texts(store)["/rules.md"] == START + "- Dates are ISO 8601.\n"


def test_a_hold_can_be_asked_for(store):
    proposal = a_proposal(store)

    said = run("decide", proposal.name, "approve", "--by", "ada", "--hold", "60")
    assert said["state"] == "held"

    assert run("decide", proposal.name, "withdraw", "--by", "ada")["state"] == (
        "withdrawn"
    )


def test_other_words_can_be_approved_from_a_file(store, tmp_path):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))
    (tmp_path / "text").write_text("Dates are written like 2026-11-26.\n")

    said = run(
        "decide", proposal.name, "approve", "--by", "ada", "--text", tmp_path / "text"
    )

    assert said["verb"] == "approve-with-edits"
    assert "2026-11-26" in versions.head_texts(store)["/rules.md"]


def test_a_rejection_without_a_reason_is_refused_with_its_code(store):
    proposal = a_proposal(store)

    said = refused("decide", proposal.name, "reject", "--by", "ada")

    assert said["error"]["code"] == "reason-missing"
    assert Proposal.objects.get().state == "open"


def test_a_viewer_and_a_stranger_decide_nothing(store):
    proposal = a_proposal(store)
    a_user("eve", a_team())

    for name in ("vera", "eve"):
        said = refused(
            "decide", proposal.name, "approve", "--by", name, "--team", store.team.slug
        )
        assert said["error"]["code"] == "not-allowed"


def test_what_has_moved_is_refused_and_can_be_decided_with_what_it_says_now(store):
    words = "Amounts are in euros.", "Amounts are in EUR."
    proposal = a_proposal(store, an_edit(*words))
    moved = a_proposal(store, an_edit(words[0], "Amounts are in cents."))
    decisions.approve(moved, by=ADA, hold=0)

    said = refused("decide", proposal.name, "approve", "--by", "ada")

    assert said["error"]["code"] == "stale"
    assert said["error"]["bound"] == bindings.of(proposal).bound
    assert said["error"]["moved"][0]["before"] == "Amounts are in cents."


def test_one_change_is_undone_after_a_preview(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))
    decisions.approve(proposal, by=ADA, hold=0)

    seen = run("rollback", "support", "--undo", proposal.name, "--preview")
    assert seen["texts"][0]["after"] == START
    assert versions.head_texts(store)["/rules.md"] != START

    said = run(
        "rollback",
        "support",
        "--undo",
        proposal.name,
        "--by",
        "ada",
        "--reason",
        "It was wrong.",
        "--bound",
        seen["bound"],
    )
    assert (said["version"], said["undone"]) == (3, [proposal.name])
    assert versions.head_texts(store)["/rules.md"] == START


def test_an_old_state_is_restored_and_one_change_kept(store):
    kept, gone = a_proposal(store), a_proposal(store)
    for proposal in (kept, gone):
        decisions.approve(proposal, by=ADA, hold=0)

    said = run(
        "rollback",
        "support",
        "--to",
        1,
        "--keep",
        kept.name,
        "--by",
        "ada",
        "--reason",
        "It was wrong.",
    )

    assert (said["undone"], said["kept"]) == ([gone.name], [kept.name])
    assert said["head"] == 5
    error = refused("rollback", "support", "--to", 99, "--by", "ada")["error"]
    assert error["code"] == "not-found"


def test_help_names_every_ground_once():
    parser = load_command_class("reviews", "decide").create_parser("x", "decide")

    (grounds,) = (a.choices for a in parser._actions if a.dest == "ground")
    assert len(grounds) == len(set(grounds))
    assert {"wrong", "scope", "other"} <= set(grounds)
