import pytest

from reviews.errors import Invalid
from reviews.memory import drift, versions
from tests.factories import ADA, LIN, a_store

pytestmark = pytest.mark.django_db


def a_changed_store():
    store = a_store()
    versions.commit(store, {"/a.md": "- a\n", "/b.md": "- b\n"}, by=ADA, reason="")
    versions.commit(store, {"/a.md": "- detour\n"}, by=ADA, reason="")
    versions.commit(store, {"/a.md": "- a\n", "/c.md": "- c\n"}, by=LIN, reason="")
    versions.commit(
        store, {"/e.md": "- b\n- more\n", "/c.md": None}, by=LIN, reason="", renames={"/b.md": "/e.md"}
    )  # fmt: skip
    return store


def test_net_drift_forgets_detours():
    store = a_changed_store()

    (net,) = drift.between(store, 1, 4)

    assert (net.path_before, net.path_after) == ("/b.md", "/e.md")
    assert (net.before, net.after) == ("- b\n", "- b\n- more\n")
    assert (net.diff.added, net.diff.deleted) == (1, 0)


def test_drift_reads_backwards_too():
    store = a_changed_store()

    assert {(net.path, net.after) for net in drift.between(store, 3, 1)} == {
        ("/c.md", None)
    }
    assert {net.path for net in drift.between(store, 0, 2)} == {"/a.md", "/b.md"}
    assert drift.between(store, 2, 2) == ()


def test_the_steps_are_the_versions_between():
    store = a_changed_store()

    steps = drift.steps(store, 1, 4)

    assert [(step.number, step.by) for step in steps] == [
        (2, "person:ada"),
        (3, "person:lin"),
        (4, "person:lin"),
    ]
    with pytest.raises(Invalid):
        drift.steps(store, 4, 1)


def test_drift_costs_the_same_however_many_memories(django_assert_num_queries):
    store = a_changed_store()
    many = {f"/many/{n}.md": f"- {n}\n" for n in range(30)}
    versions.commit(store, many, by=ADA, reason="")

    with django_assert_num_queries(3):
        assert len(drift.between(store, 4, 5)) == 30
    with django_assert_num_queries(2):
        assert sum(len(step.revisions.all()) for step in drift.steps(store, 0, 5)) == 37


def test_a_long_way_is_read_page_by_page(django_assert_num_queries):
    store = a_changed_store()
    many = {f"/many/{n:02}.md": f"- {n}\n" for n in range(30)}
    versions.commit(store, many, by=ADA, reason="")

    seen, beyond = [], ""
    while True:
        with django_assert_num_queries(3):
            nets, beyond = drift.page(store, 4, 5, size=12, beyond=beyond)
        seen.append([net.path for net in nets])
        if not beyond:
            break

    assert [len(page) for page in seen] == [12, 12, 6]
    assert [path for page in seen for path in page] == sorted(many)
    (one,), rest = drift.page(store, 4, 5, size=12, path="/many/07.md")
    assert (one.after, rest) == ("- 7\n", "")
