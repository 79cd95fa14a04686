from datetime import timedelta

import pytest

from reviews.errors import Invalid, NotFound
from reviews.memory import bundles, versions
from reviews.memory.models import Store
from tests.factories import ADA, a_store

pytestmark = pytest.mark.django_db


def read(store, **asked):
    return bundles.read(bundles.find(store, **asked))


def texts(bundle):
    return {memory.path: memory.text for memory in bundle.memories}


def a_filled_store():
    store = a_store()
    versions.commit(store, {"/b.md": "- b\n", "/a.md": "- a\n"}, by=ADA, reason="")
    versions.commit(store, {"/a.md": "- a!\n"}, by=ADA, reason="")
    return store


def test_an_agent_reads_the_head_in_the_order_of_the_paths():
    store = a_filled_store()

    bundle = read(store)

    assert list(texts(bundle).items()) == [("/a.md", "- a!\n"), ("/b.md", "- b\n")]
    assert (bundle.store, bundle.version, bundle.frozen) == (store.name, 2, False)
    first, last = bundle.memories
    assert (first.version, last.version) == (2, 1)
    assert (first.size, first.tokens) == (5, 2)
    assert len(first.sha256) == 64


def test_any_past_state_can_be_read():
    store = a_filled_store()
    at = bundles.find(store, version=1).at

    assert texts(read(store, version=1)) == {"/a.md": "- a\n", "/b.md": "- b\n"}
    assert read(store, as_of=at + timedelta(days=1)).version == 2
    assert read(store, as_of=at - timedelta(days=1)).memories == ()
    with pytest.raises(NotFound):
        read(store, version=3)
    with pytest.raises(Invalid):
        read(store, version=1, as_of=at)


def test_an_empty_store_is_version_0():
    bundle = read(a_store())

    assert (bundle.version, bundle.memories, bundle.at) == (0, (), None)


def test_the_etag_is_the_same_exactly_while_the_answer_is():
    store = a_filled_store()
    etag = bundles.find(store).etag

    assert bundles.find(store).etag == etag == read(store, version=2).etag
    assert bundles.find(store, version=1).etag != etag
    assert bundles.find(store, person="ada").etag != etag
    assert (
        bundles.find(store, person="a", agent="b").etag
        != bundles.find(store, person="b", agent="a").etag
    )
    versions.commit(store, {"/a.md": "- a?\n"}, by=ADA, reason="")
    assert bundles.find(store).etag != etag


def test_an_etag_tells_which_version_was_read():
    etag = bundles.find(a_filled_store()).etag

    assert bundles.version_in(etag) == 2
    assert bundles.version_in("W/" + etag) == 2
    assert bundles.version_in('"something else"') is None


def test_what_is_for_one_person_or_agent_is_shown_to_no_other():
    store = a_store()
    memories = {
        "/all.md": "- all\n",
        "/people/ada/style.md": "- ada\n",
        "/people/bob.md": "- bob\n",
        "/people/adam/style.md": "- adam\n",
        "/agents/helper/tools.md": "- helper\n",
    }
    versions.commit(store, memories, by=ADA, reason="")

    assert list(texts(read(store))) == ["/all.md"]
    assert list(texts(read(store, person="ada"))) == ["/all.md", "/people/ada/style.md"]
    assert list(texts(read(store, person="bob", agent="helper"))) == [
        "/agents/helper/tools.md",
        "/all.md",
        "/people/bob.md",
    ]
    assert list(texts(read(store, person="%"))) == ["/all.md"]
    with pytest.raises(Invalid):
        read(store, person="ada/../bob")


def test_frozen_readers_get_the_frozen_version_unless_they_name_another():
    store = a_filled_store()
    Store.objects.filter(pk=store.pk).update(frozen_at=1)
    store.refresh_from_db()

    assert (read(store).version, read(store).frozen) == (1, True)
    assert texts(read(store))["/a.md"] == "- a\n"
    assert (read(store, version=2).version, read(store, version=2).frozen) == (2, False)


def test_a_bundle_costs_two_queries_however_large(django_assert_num_queries):
    store = a_filled_store()
    many = {f"/many/{n}.md": f"- {n}\n" for n in range(60)}
    versions.commit(store, many, by=ADA, reason="")

    with django_assert_num_queries(2):
        assert len(read(store).memories) == 62
