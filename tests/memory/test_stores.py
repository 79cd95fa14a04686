import os

import pytest

from reviews.audit import ledger
from reviews.errors import Invalid, NotFound
from reviews.memory import bundles, stores, versions
from reviews.memory.models import Subscription
from tests.factories import ADA, MAX, a_store, a_team, an_agent

pytestmark = pytest.mark.django_db


def test_a_store_begins_empty_and_its_name_is_taken():
    team = a_team()

    store = stores.create(team, "support", by=MAX, hold_seconds=0)

    assert (store.head, store.hold_seconds) == (0, 0)
    assert ledger.about(store).get().action == "store.created"
    with pytest.raises(stores.StoreExists):
        stores.create(team, "support", by=MAX)
    assert stores.create(a_team(), "support", by=MAX).pk != store.pk


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "x" * 81])
def test_a_name_that_no_address_could_hold_is_refused(name):
    with pytest.raises(Invalid):
        stores.create(a_team(), name, by=MAX)


def test_a_changed_setting_is_in_the_ledger_with_what_it_was():
    store = a_store()

    stores.change(store, by=MAX, hold_seconds=60, deletion_limit=store.deletion_limit)

    store.refresh_from_db()
    assert store.hold_seconds == 60
    facts = ledger.content_of(ledger.about(store).first())["facts"]
    assert facts == {"hold_seconds": "10 -> 60"}


def test_a_setting_that_stays_is_no_act():
    store = a_store()

    stores.change(store, by=MAX, hold_seconds=store.hold_seconds)

    assert not ledger.about(store).filter(action="store.changed").exists()
    with pytest.raises(Invalid):
        stores.change(store, by=MAX, head=7)


def test_readers_are_frozen_and_let_go_again():
    store = a_store()
    for text in ("- one\n", "- two\n"):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")

    stores.freeze(store, 1, by=MAX, reason="It hurts.")
    assert bundles.find(store).number == 1

    stores.thaw(store, by=MAX)
    stores.thaw(store, by=MAX)
    assert bundles.find(store).number == 2
    assert ledger.about(store).filter(action="memory.thawed").count() == 1
    with pytest.raises(NotFound):
        stores.freeze(store, 3, by=MAX, reason="It hurts.")
    with pytest.raises(Invalid):
        stores.freeze(store, 1, by=MAX, reason=" ")


def test_an_agent_is_subscribed_once():
    team = a_team()
    store, agent = a_store(team), an_agent(team)

    first = stores.subscribe(agent, store, by=MAX)

    assert stores.subscribe(agent, store, by=MAX) == first
    assert Subscription.objects.filter(store=store).count() == 1
    assert ledger.about(store).filter(action="agent.subscribed").count() == 1


def test_an_agent_of_another_team_is_not_subscribed():
    with pytest.raises(Invalid):
        stores.subscribe(an_agent(), a_store(), by=MAX)


def test_a_file_becomes_version_1_and_blame_says_imported(tmp_path):
    file = tmp_path / "CLAUDE.md"
    file.write_bytes("# Rules\r\n\r\n- Run the tests.\r\n- Größe zählt.".encode())
    store = a_store()

    imported = stores.import_folder(store, file, by=ADA)

    assert versions.head_texts(store) == {"/CLAUDE.md": file.read_bytes().decode()}
    assert (imported.version.number, imported.version.kind) == (1, "import")
    assert imported.rules == 2
    assert versions.revision_at(store, 1, "/CLAUDE.md").blame == [[4, 1]]


def test_a_folder_becomes_a_memory_per_file(tmp_path):
    (tmp_path / "billing").mkdir()
    (tmp_path / "billing" / "refunds.md").write_text("- Refund.\n")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: x\n")
    os.symlink("/etc/hostname", tmp_path / "link.md")

    store = a_store()
    imported = stores.import_folder(store, tmp_path, by=ADA)

    assert versions.head_texts(store) == {
        "/billing/refunds.md": "- Refund.\n",
        "/notes.txt": "",
    }
    assert imported.unreadable == ()


def test_files_that_are_no_memory_are_named_with_the_reason(tmp_path):
    (tmp_path / "good.md").write_text("- Good.\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\x00\x01")
    (tmp_path / "latin.md").write_bytes("Größe".encode("latin-1"))
    (tmp_path / "long.md").write_text("x" * 102_401)
    (tmp_path / "zero\u200bwidth.md").write_text("- x\n")

    imported = stores.import_folder(a_store(), tmp_path, by=ADA)

    assert imported.paths == ("/good.md",)
    reasons = [file.reason for file in imported.unreadable]
    assert reasons == [
        "latin.md is not UTF-8 text (byte 2).",
        "long.md has 102,401 bytes; a memory may have 102,400.",
        "picture.png is a binary file.",
        "The path '/zero\\u200bwidth.md' contains an invisible character (U+200B).",
    ]


def test_a_store_that_has_a_version_is_not_begun_again(tmp_path):
    (tmp_path / "a.md").write_text("- a\n")
    store = a_store()
    stores.import_folder(store, tmp_path, by=ADA)

    with pytest.raises(Invalid):
        stores.import_folder(store, tmp_path, by=ADA)


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_where_there_is_nothing_to_import_no_store_is_made(tmp_path, name):
    (tmp_path / "empty").mkdir()
    team = a_team()

    with pytest.raises(Invalid):
        stores.begin(team, "support", tmp_path / name, by=ADA)

    assert not team.stores.exists()
