import pytest
from django.db import DatabaseError, transaction

from reviews.audit import ledger
from reviews.errors import Invalid, NotFound
from reviews.memory import paths, versions
from reviews.memory.models import Memory, Revision, Version
from tests.factories import ADA, LIN, a_store

pytestmark = pytest.mark.django_db

REFUNDS = "# Refunds\n\n- Refund within 14 days.\n- Ask for the order number.\n"


def test_a_commit_writes_one_version_with_a_revision_per_memory():
    store = a_store()

    version = versions.commit(
        store,
        {"/refunds.md": REFUNDS, "/tone.md": "- Be brief.\n"},
        by=ADA,
        reason="What we do.",
    )

    assert (version.number, version.by, version.reason) == (
        1,
        "person:ada",
        "What we do.",
    )
    assert store.head == 1
    assert versions.head_texts(store) == {
        "/refunds.md": REFUNDS,
        "/tone.md": "- Be brief.\n",
    }
    assert {r.operation for r in version.revisions.all()} == {"created"}


def test_a_revision_knows_its_rules_its_blame_and_what_it_changed():
    store = a_store()
    versions.commit(store, {"/refunds.md": REFUNDS}, by=ADA, reason="")
    edited = REFUNDS.replace("14 days", "30 days") + "- Never promise a date.\n"

    versions.commit(store, {"/refunds.md": edited}, by=LIN, reason="New terms.")

    before, after = (
        versions.authored(versions.revision_at(store, n, "/refunds.md")) for n in (1, 2)
    )
    assert [rule.text for rule in after.rules] == [
        "Refund within 30 days.",
        "Ask for the order number.",
        "Never promise a date.",
    ]
    assert [rule.id for rule in after.rules[:2]] == [rule.id for rule in before.rules]
    revision = versions.revision_at(store, 2, "/refunds.md")
    assert versions.lines_with_blame(revision) == [
        ("# Refunds", 1),
        ("", 1),
        ("- Refund within 30 days.", 2),
        ("- Ask for the order number.", 1),
        ("- Never promise a date.", 2),
    ]
    assert (revision.added, revision.deleted) == (2, 1)
    assert "days" not in str(revision.diff)


def test_every_past_state_can_be_read():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")
    versions.commit(store, {"/b.md": "- two\n"}, by=ADA, reason="")
    versions.commit(
        store,
        {"/a.md": None, "/c.md": "- two\n"},
        by=ADA,
        reason="",
        renames={"/b.md": "/c.md"},
    )

    assert versions.texts_at(store, 0) == {}
    assert versions.texts_at(store, 1) == {"/a.md": "- one\n"}
    assert versions.texts_at(store, 2) == {"/a.md": "- one\n", "/b.md": "- two\n"}
    assert versions.texts_at(store, 3) == {"/c.md": "- two\n"}
    assert versions.head_texts(store) == versions.texts_at(store, 3)
    assert versions.text_at(store, 2, "/b.md") == "- two\n"
    with pytest.raises(NotFound):
        versions.text_at(store, 3, "/b.md")


def test_a_moment_finds_the_version_that_stood_then():
    store = a_store()
    first = versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")
    second = versions.commit(store, {"/a.md": "- two\n"}, by=ADA, reason="")

    assert versions.as_of(store, first.at) in (1, 2)
    assert versions.as_of(store, second.at) == 2
    assert versions.as_of(store, first.at.replace(year=2000)) == 0


def test_a_commit_that_changes_nothing_is_refused():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")

    with pytest.raises(versions.NothingToCommit):
        versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="Again.")

    assert Version.objects.filter(store=store).count() == 1


def test_a_memory_that_does_not_change_gets_no_revision():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n", "/b.md": "- b\n"}, by=ADA, reason="")

    version = versions.commit(
        store, {"/a.md": "- one\n", "/b.md": "- c\n"}, by=ADA, reason=""
    )

    assert [r.path for r in version.revisions.all()] == ["/b.md"]


def test_a_rename_keeps_the_memory_its_blame_and_its_rules():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n- two\n"}, by=ADA, reason="")

    versions.commit(store, {}, by=ADA, reason="", renames={"/a.md": "/b.md"})

    old, new = (
        versions.revision_at(store, 1, "/a.md"),
        versions.revision_at(store, 2, "/b.md"),
    )
    assert (new.memory_id, new.operation) == (old.memory_id, "renamed")
    assert (new.blame, new.rules) == (old.blame, old.rules)


def test_a_path_that_is_left_may_be_taken_in_the_same_version():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")

    versions.commit(
        store, {"/a.md": "- two\n"}, by=ADA, reason="", renames={"/a.md": "/b.md"}
    )

    assert versions.head_texts(store) == {"/a.md": "- two\n", "/b.md": "- one\n"}
    assert versions.revision_at(store, 2, "/b.md").operation == "renamed"


def test_two_memories_may_swap_their_paths():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n", "/b.md": "- two\n"}, by=ADA, reason="")

    versions.commit(
        store, {}, by=ADA, reason="", renames={"/a.md": "/b.md", "/b.md": "/a.md"}
    )

    assert versions.head_texts(store) == {"/a.md": "- two\n", "/b.md": "- one\n"}


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("a.md", Invalid),  # no slash in front
        ("/notes", paths.PathTaken),  # would be the folder of a memory
        ("/notes/day.md/more", paths.PathTaken),  # would lie inside a memory
    ],
)
def test_a_path_that_no_tree_could_hold_is_refused(path, refusal):
    store = a_store()
    versions.commit(store, {"/notes/day.md": "- one\n"}, by=ADA, reason="")

    with pytest.raises(refusal):
        versions.commit(store, {path: "- two\n"}, by=ADA, reason="")

    assert store.head == 1


def test_a_path_is_free_once_its_memory_is_deleted():
    store = a_store()
    versions.commit(store, {"/notes": "- one\n"}, by=ADA, reason="")

    versions.commit(store, {"/notes": None, "/notes/a.md": "- a\n"}, by=ADA, reason="")
    versions.commit(store, {"/notes/a.md": None}, by=ADA, reason="")
    versions.commit(store, {"/notes/a.md": "- again\n"}, by=ADA, reason="")

    assert versions.head_texts(store) == {"/notes/a.md": "- again\n"}
    assert Memory.objects.filter(store=store).count() == 3


def test_a_rename_onto_another_memory_is_refused():
    store = a_store()
    versions.commit(store, {"/a.md": "- one\n", "/b.md": "- two\n"}, by=ADA, reason="")

    with pytest.raises(paths.PathTaken):
        versions.commit(store, {}, by=ADA, reason="", renames={"/a.md": "/b.md"})

    assert versions.head_texts(store)["/b.md"] == "- two\n"


@pytest.mark.parametrize("text", ["a\x00b", "x" * 102_401, "\ud800"])
def test_a_text_that_cannot_be_a_memory_is_refused(text):
    store = a_store()

    with pytest.raises(Invalid):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")

    assert store.head == 0


def test_the_ledger_says_who_wrote_the_version():
    version = versions.commit(
        a_store(), {"/a.md": "- one\n"}, by=ADA, reason="Because."
    )

    entry = ledger.about(version).get()
    assert (entry.actor, entry.action) == ("person:ada", "memory.committed")
    content = ledger.content_of(entry)
    assert content["reason"] == "Because."
    assert content["facts"]["digest"] == version.digest


def test_nothing_is_written_when_the_ledger_cannot_be(monkeypatch):
    store = a_store()

    def broken(*args, **facts):
        raise RuntimeError("no ledger")

    monkeypatch.setattr(ledger, "record", broken)
    with pytest.raises(RuntimeError):
        versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")

    assert not Version.objects.filter(store=store).exists()
    assert not Memory.objects.filter(store=store).exists()


def test_equal_histories_have_equal_digests_and_rule_ids():
    def write(store):
        versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")
        return versions.commit(store, {"/a.md": "- one\n- two\n"}, by=LIN, reason="x")

    first, second = write(a_store()), write(a_store())

    assert first.digest == second.digest
    assert first.revisions.get().rules == second.revisions.get().rules


def test_the_database_refuses_to_change_what_was_written():
    store = a_store()
    version = versions.commit(store, {"/a.md": "- one\n"}, by=ADA, reason="")

    for rows in (Revision.objects.all(), Version.objects.filter(pk=version.pk)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Revision.objects.update(content="- other\n")


def test_a_commit_costs_the_same_however_long_the_history(django_assert_num_queries):
    store = a_store()
    for number in range(12):
        versions.commit(store, {"/a.md": f"- rule {number}\n"}, by=ADA, reason="")
    versions.commit(
        store, {f"/more/{n}.md": f"- {n}\n" for n in range(50)}, by=ADA, reason=""
    )

    with django_assert_num_queries(COMMIT_QUERIES):
        versions.commit(store, {"/a.md": "- another rule\n"}, by=ADA, reason="")


# Savepoint, lock, memories, digest before; version, revisions, heads, store; ledger.
COMMIT_QUERIES = 11
