import pytest

from reviews.audit import ledger
from reviews.errors import Invalid, NotFound
from reviews.memory import paths, versions
from reviews.memory.models import Version
from tests.factories import ADA, LIN, a_store

pytestmark = pytest.mark.django_db

RULES = "- Ask for the order number.\n- Refund within 14 days.\n- Be brief.\n"


def commit(store, text, path="/a.md"):
    return versions.commit(store, {path: text}, by=ADA, reason="")


def blamed(store, path="/a.md"):
    revision = versions.revision_at(store, store.head, path)
    return [number for _, number in versions.lines_with_blame(revision)]


def test_undoing_one_version_keeps_what_came_later():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES + "- Never promise a date.\n")
    commit(store, RULES.replace("14", "30") + "- Never promise a date.\n- Sign.\n")

    version = versions.undo(store, undone, by=LIN, reason="It hurt.")

    assert (
        versions.head_texts(store)["/a.md"] == RULES.replace("14", "30") + "- Sign.\n"
    )
    assert (version.number, version.kind, version.reverts) == (4, "undo", undone)
    assert store.head == 4
    assert versions.texts_at(store, 3)["/a.md"].endswith("- Sign.\n")


def test_a_preview_says_what_undoing_would_do_and_does_not_do_it():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES.replace("14", "30"))

    preview = versions.undo_preview(store, undone)

    (outcome,) = preview.outcomes
    assert (preview.head, preview.conflicts) == (2, {})
    assert (outcome.path_before, outcome.path_after) == ("/a.md", "/a.md")
    assert (outcome.before, outcome.after) == (RULES.replace("14", "30"), RULES)
    assert store.head == 2


def test_a_line_that_comes_back_belongs_to_who_wrote_it_and_keeps_its_rule():
    store = a_store()
    commit(store, RULES)
    deleted = commit(store, RULES.replace("- Refund within 14 days.\n", ""))
    commit(store, RULES.replace("- Refund within 14 days.\n", "") + "- Sign.\n")

    versions.undo(store, deleted, by=LIN, reason="")

    assert versions.head_texts(store)["/a.md"] == RULES + "- Sign.\n"
    assert blamed(store) == [1, 1, 1, 3]
    first = versions.authored(versions.revision_at(store, 1, "/a.md"))
    now = versions.authored(versions.revision_at(store, 4, "/a.md"))
    assert [rule.id for rule in now.rules[:3]] == [rule.id for rule in first.rules]


def test_a_later_change_in_the_same_place_is_a_conflict_with_both_sides():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES.replace("14", "30"))
    commit(store, RULES.replace("14", "60"))

    assert list(versions.undo_preview(store, undone).conflicts) == ["/a.md"]
    with pytest.raises(versions.RevertConflict) as refusal:
        versions.undo(store, undone, by=LIN, reason="")

    (conflict,) = refusal.value.facts["conflicts"]["/a.md"]
    assert conflict["ours"] == ("- Refund within 60 days.",)
    assert conflict["theirs"] == ("- Refund within 14 days.",)
    assert store.head == 3


def test_a_conflict_is_settled_by_choosing_a_side():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES.replace("14", "30"))
    commit(store, RULES.replace("14", "60"))

    versions.undo(store, undone, by=LIN, reason="", choices={"/a.md": ["theirs"]})

    assert versions.head_texts(store)["/a.md"] == RULES


def test_undoing_twice_is_refused_in_words():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES + "- Sign.\n")
    versions.undo(store, undone, by=LIN, reason="")

    with pytest.raises(versions.NothingToCommit, match="version 2"):
        versions.undo(store, undone, by=LIN, reason="")


def test_an_undo_can_be_undone():
    store = a_store()
    commit(store, RULES)
    added = commit(store, RULES + "- Sign.\n")
    undo = versions.undo(store, added, by=LIN, reason="")

    versions.undo(store, undo, by=LIN, reason="")

    assert versions.head_texts(store)["/a.md"] == RULES + "- Sign.\n"
    assert blamed(store) == [1, 1, 1, 2]


def test_undoing_a_creation_deletes_the_memory():
    store = a_store()
    commit(store, RULES)
    created = commit(store, "- Sign.\n", "/b.md")

    versions.undo(store, created, by=LIN, reason="")

    assert list(versions.head_texts(store)) == ["/a.md"]


def test_undoing_a_deletion_brings_the_same_memory_back():
    store = a_store()
    first = commit(store, RULES)
    deleted = versions.commit(store, {"/a.md": None}, by=ADA, reason="")

    undo = versions.undo(store, deleted, by=LIN, reason="")

    assert versions.head_texts(store) == {"/a.md": RULES}
    assert undo.revisions.get().memory == first.revisions.get().memory
    assert undo.revisions.get().rules == first.revisions.get().rules
    assert blamed(store) == [1, 1, 1]


def test_undoing_a_deletion_is_refused_where_another_memory_stands_now():
    store = a_store()
    commit(store, RULES)
    deleted = versions.commit(store, {"/a.md": None}, by=ADA, reason="")
    commit(store, "- Another.\n")

    with pytest.raises(paths.PathTaken):
        versions.undo(store, deleted, by=LIN, reason="")


def test_undoing_a_change_of_a_memory_that_is_gone_is_a_conflict():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES.replace("14", "30"))
    versions.commit(store, {"/a.md": None}, by=ADA, reason="")

    with pytest.raises(versions.RevertConflict):
        versions.undo(store, undone, by=LIN, reason="")


def test_a_memory_that_is_gone_comes_back_when_that_is_chosen():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES.replace("14", "30"))
    versions.commit(store, {"/a.md": None}, by=ADA, reason="")

    with pytest.raises(versions.NothingToCommit):
        versions.undo(store, undone, by=LIN, reason="", choices={"/a.md": ["ours"]})
    versions.undo(store, undone, by=LIN, reason="", choices={"/a.md": ["theirs"]})

    assert versions.head_texts(store) == {"/a.md": RULES}
    assert blamed(store) == [1, 1, 1]


def test_undoing_a_rename_gives_the_old_path_back_and_keeps_later_text():
    store = a_store()
    commit(store, RULES)
    renamed = versions.commit(store, {}, by=ADA, reason="", renames={"/a.md": "/b.md"})
    commit(store, RULES + "- Sign.\n", "/b.md")

    versions.undo(store, renamed, by=LIN, reason="")

    assert versions.head_texts(store) == {"/a.md": RULES + "- Sign.\n"}


def test_undo_is_refused_when_the_store_moved_after_the_preview():
    store = a_store()
    commit(store, RULES)
    undone = commit(store, RULES + "- Sign.\n")
    commit(store, "- Other.\n", "/b.md")

    with pytest.raises(versions.HeadMoved):
        versions.undo(store, undone, by=LIN, reason="", head=2)

    assert store.head == 3


def test_a_version_of_another_store_cannot_be_undone_here():
    elsewhere = commit(a_store(), RULES)

    with pytest.raises(Invalid):
        versions.undo(a_store(), elsewhere, by=LIN, reason="")


def test_restoring_makes_the_whole_store_say_what_it_said():
    store = a_store()
    versions.commit(store, {"/a.md": RULES, "/b.md": "- b\n"}, by=ADA, reason="")
    old = versions.commit(store, {"/c.md": "- c\n"}, by=ADA, reason="")
    before = versions.texts_at(store, 2)
    commit(store, RULES.replace("14", "30"))
    versions.commit(store, {"/b.md": None, "/d.md": "- d\n"}, by=ADA, reason="", renames={"/c.md": "/e.md"})  # fmt: skip
    after = versions.texts_at(store, 4)

    version = versions.restore(store, 2, by=LIN, reason="All of it hurt.")

    assert versions.head_texts(store) == before
    assert versions.texts_at(store, 4) == after
    assert (version.number, version.kind, version.reverts) == (5, "restore", old)
    assert blamed(store) == [1, 1, 1]
    assert ledger.about(version).get().action == "memory.restored"


def test_a_preview_of_restoring_shows_every_memory_that_would_change():
    store = a_store()
    versions.commit(store, {"/a.md": RULES, "/b.md": "- b\n"}, by=ADA, reason="")
    versions.commit(store, {"/a.md": None, "/c.md": "- c\n"}, by=ADA, reason="")

    preview = versions.restore_preview(store, 1)

    assert {(o.path_before, o.path_after, o.after) for o in preview.outcomes} == {
        (None, "/a.md", RULES),
        ("/c.md", None, None),
    }
    assert store.head == 2


def test_restoring_what_stands_is_refused():
    store = a_store()
    commit(store, RULES)

    with pytest.raises(versions.NothingToCommit):
        versions.restore(store, 1, by=LIN, reason="")
    with pytest.raises(NotFound):
        versions.restore(store, 7, by=LIN, reason="")


def test_what_was_redacted_does_not_come_back():
    store = a_store()
    commit(store, RULES)
    commit(store, "- Other.\n")
    redacted = Version.objects.get(store=store, number=1).revisions
    redacted.update(
        content=None, redacted_at="2026-01-01T00:00Z", redacted_by="person:max"
    )

    assert versions.texts_at(store, 1) == {}
    assert versions.authored(redacted.get()).rules == ()
    assert versions.lines_with_blame(redacted.get()) == []
    with pytest.raises(Invalid):
        versions.restore(store, 1, by=LIN, reason="")
