"""Any two states of memory become proposals, by one command."""

import io
import json

import pytest
from django.core.management import call_command

from reviews.memory import versions
from reviews.memory.models import Store
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests.factories import ADA, a_store, a_team, a_user, a_version

pytestmark = pytest.mark.django_db
OLD = "# Rules\n\n- Ask first.\n- Refund within 14 days.\n- Keep a copy.\n"
NEW = "# Rules\n\n- Ask first.\n- Refund within 30 days.\n- Name the card.\n"


@pytest.fixture
def store():
    store = a_store(a_team("home"), "rules", hold_seconds=0)
    a_version(store, rules=OLD)
    return store


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(
            "propose-diff", "rules", *arguments, "--json", stdout=out, stderr=err
        )
    except SystemExit as end:
        code = end.code
    return code, json.loads(out.getvalue())


def folder(path, **texts):
    path.mkdir()
    for name, text in texts.items():
        (path / f"{name}.md").write_text(text)
    return str(path)


def titles():
    return sorted(Proposal.objects.values_list("title", flat=True))


def test_two_folders_become_proposals_that_make_the_second_of_the_first(
    store, tmp_path
):
    before = folder(tmp_path / "before", rules=OLD)
    after = folder(tmp_path / "after", rules=NEW, more="- Be brief.\n")

    code, facts = run(before, after)

    assert (code, facts["counts"]) == (0, {"opened": 4})
    for proposal in Proposal.objects.order_by("pk"):
        assert "unsupported" in proposal.flags
        decisions.approve(proposal, by=ADA, reason="Read.", hold=0)
    assert versions.head_texts(Store.objects.get()) == {
        "/rules.md": NEW,
        "/more.md": "- Be brief.\n",
    }


def test_two_files_of_other_names_are_one_memory_of_the_store(store, tmp_path):
    (tmp_path / "MEMORY.before.md").write_text(OLD)
    (tmp_path / "rules.md").write_text(NEW)

    run(str(tmp_path / "MEMORY.before.md"), str(tmp_path / "rules.md"))

    assert titles() == [
        "Delete: Keep a copy.",
        "Name the card.",
        "Refund within 30 days.",
    ]


def test_a_file_may_belong_at_another_path(store, tmp_path):
    (tmp_path / "MEMORY.md").write_text(NEW)

    run("head", str(tmp_path / "MEMORY.md"), "--path", "/rules.md")

    assert len(titles()) == 3


def test_versions_of_the_store_are_states_too_and_the_head_may_be_neither(store):
    versions.commit(store, {"/rules.md": NEW}, by=ADA, reason="Other.")
    versions.commit(store, {"/rules.md": NEW + "- Be kind.\n"}, by=ADA, reason="Kind.")

    code, facts = run("v2", "1")

    assert code == 0
    assert facts["both"] == []
    assert titles() == [
        "Delete: Name the card.",
        "Keep a copy.",
        "Refund within 14 days.",
    ]


def test_nothing_before_and_a_file_after(store, tmp_path):
    (tmp_path / "new.md").write_text("- Be brief.\n")

    run("-", str(tmp_path / "new.md"))

    assert titles() == ["Begin /new.md: Be brief."]


def test_a_dry_run_proposes_nothing_and_says_the_same(store, tmp_path):
    (tmp_path / "rules.md").write_text(NEW)

    _, would = run("head", str(tmp_path / "rules.md"), "--dry-run")
    assert not Proposal.objects.exists()
    _, facts = run("head", str(tmp_path / "rules.md"))

    assert would["counts"] == {"would": 3}
    assert [d["title"] for d in would["drafts"]] == [
        d["title"] for d in facts["drafts"]
    ]


def test_twice_is_once(store, tmp_path):
    (tmp_path / "rules.md").write_text(NEW)

    run("head", str(tmp_path / "rules.md"))
    _, facts = run("head", str(tmp_path / "rules.md"))

    assert facts["counts"] == {"refused": 3}
    assert Proposal.objects.count() == 3


def test_order_alone_is_left_out_until_it_is_asked_for(store, tmp_path):
    lines = OLD.splitlines(keepends=True)
    (tmp_path / "rules.md").write_text("".join([*lines[:2], lines[4], *lines[2:4]]))

    _, facts = run("head", str(tmp_path / "rules.md"))
    assert (facts["left_out"], facts["drafts"]) == (1, [])

    run("head", str(tmp_path / "rules.md"), "--reorganise")
    assert Proposal.objects.get().kind == "reorganised"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("head", "/nowhere/at/all", "no file"),
        ("99", "head", "no version 99"),
        ("head", "binary", "binary"),
    ],
)
def test_what_is_no_state_is_refused(store, tmp_path, before, after, words):
    if after == "binary":
        (tmp_path / "x.md").write_bytes(b"a\x00b")
        after = str(tmp_path / "x.md")

    code, facts = run(before, after)

    assert code == 1
    assert words in facts["error"]["message"]


def test_a_person_answers_for_it_who_may(store, tmp_path):
    a_user("vera", store.team, "viewer")
    (tmp_path / "rules.md").write_text(NEW)

    code, _ = run("head", str(tmp_path / "rules.md"), "--by", "vera")

    assert code == 1
    assert not Proposal.objects.exists()
