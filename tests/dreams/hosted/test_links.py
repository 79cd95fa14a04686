"""Linking a store takes in what the other says, and loses nothing on either side."""

import pytest

from reviews.audit.models import LedgerEntry
from reviews.dreams.hosted import links
from reviews.dreams.models import HostedStore
from reviews.errors import Invalid
from reviews.memory import versions
from reviews.memory.models import Version
from reviews.proposals.models import Proposal
from tests.dreams.hosted.factories import RULES, a_link
from tests.factories import MAX, a_store, a_version

pytestmark = pytest.mark.django_db


def test_an_empty_store_begins_with_what_the_other_says(loopback):
    hosted = a_link(loopback)

    (version,) = Version.objects.filter(store=hosted.store)
    assert (version.kind, version.by) == ("import", "person:max")
    assert versions.head_texts(hosted.store) == {"/rules.md": RULES}
    (row,) = hosted.memories.all()
    assert (row.version, row.sha256) == (
        1,
        loopback.stores.memories[hosted.remote_id][row.remote_id]["content_sha256"],
    )
    assert not Proposal.objects.exists()
    assert LedgerEntry.objects.filter(action="store.linked").count() == 1


def test_a_store_that_says_something_is_only_proposed_to(loopback):
    store = a_store()
    a_version(store, rules=RULES.replace("- Keep", "- Say thank you.\n- Keep"))

    hosted = a_link(
        loopback,
        {"/rules.md": f"{RULES}- Name the card.\n", "/more.md": "- Be brief.\n"},
        store=store,
    )

    titles = set(Proposal.objects.values_list("title", flat=True))
    assert titles == {"Name the card.", "Begin /more.md: Be brief."}
    assert store.head == 1
    assert {row.version for row in hosted.memories.all()} == {0}


def test_both_sides_are_linked_once(loopback):
    hosted = a_link(loopback)

    with pytest.raises(links.AlreadyLinked, match="linked to memstore_"):
        links.link(hosted.store, "memstore_other", by=MAX)
    with pytest.raises(links.AlreadyLinked, match="another store"):
        links.link(a_store(), hosted.remote_id, by=MAX)


@pytest.mark.parametrize(
    "wrong", ["", "mem_1", "memstore_../x", "https://x/memstore_1"]
)
def test_an_id_that_is_none_is_refused_before_anybody_is_asked(loopback, wrong):
    with pytest.raises(Invalid):
        links.link(a_store(), wrong, by=MAX)

    assert not loopback.calls


def test_a_store_that_is_not_there_or_is_archived_is_refused(loopback):
    with pytest.raises(Invalid, match="no memory store of this id"):
        links.link(a_store(), "memstore_nowhere", by=MAX)

    archived = loopback.stores.make("Old")
    loopback.stores.stores[archived]["archived_at"] = "2026-11-01T00:00:00Z"
    with pytest.raises(Invalid, match="archived"):
        links.link(a_store(), archived, by=MAX)
    assert not HostedStore.objects.exists()


def test_a_large_store_is_read_over_all_pages(loopback):
    texts = {f"/notes/{number:03}.md": f"- Note {number}.\n" for number in range(130)}

    hosted = a_link(loopback, texts)

    assert versions.head_texts(hosted.store) == texts


def test_unlinking_deletes_nothing(loopback):
    hosted = a_link(loopback)
    store, remote = hosted.store, hosted.remote_id

    links.unlink(hosted, by=MAX)

    assert loopback.stores.texts(remote) == versions.head_texts(store)
    assert links.link(store, remote, by=MAX).memories.get().version == 1
