"""Many writers at once, and many memories with many versions."""

import json
import threading

import pytest
from django.db import connection, connections

from reviews.audit import verification
from reviews.memory import revisions, versions
from reviews.memory.models import Version
from tests.factories import ADA, a_store


@pytest.mark.django_db(transaction=True)
def test_versions_written_at_the_same_time_are_written_one_after_the_other():
    store = a_store()
    start = threading.Barrier(8)
    failures = []

    def write(number):
        try:
            start.wait()
            versions.commit(
                store, {f"/{number}.md": f"- {number}\n"}, by=ADA, reason=""
            )
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    written = Version.objects.filter(store=store).order_by("number")
    assert [version.number for version in written] == [*range(1, 9)]
    assert [version.at for version in written] == sorted(
        version.at for version in written
    )
    assert len(versions.head_texts(store)) == 8
    assert all(report.unbroken for report in verification.verify_all())


@pytest.mark.django_db
def test_an_old_state_is_read_without_reading_its_history():
    store = a_store()
    memories = {f"/{number}.md": f"- rule {number}\n" for number in range(200)}
    versions.commit(store, memories, by=ADA, reason="")
    repeat_history(store, 50)

    with connection.cursor() as cursor:
        # Such a small table would be read whole: a disk's cost is assumed of none.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    plan = json.loads(revisions.at(store, 25).explain(analyze=True, format="json"))

    touched = list(rows_of_revisions(plan[0]["Plan"]))
    assert len(versions.texts_at(store, 25)) == 200
    # Once to find each newest revision, once to read it; never the other forty-nine.
    assert sum(touched) == 400


def repeat_history(store, times):
    """More versions of every memory, without the work of writing them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reviews_version (store_id, number, kind, by, reason, at, digest)"
            " SELECT store_id, g, kind, by, reason, at, digest"
            " FROM reviews_version, generate_series(2, %s) g WHERE store_id = %s",
            [times, store.pk],
        )
        cursor.execute(
            "INSERT INTO reviews_revision (version_id, memory_id, number, operation, path,"
            " content, sha256, size, tokens, added, deleted, rules, blame, origins, diff)"
            " SELECT v.id, memory_id, v.number, 'modified', path, content, sha256, size,"
            " tokens, added, deleted, rules, blame, origins, diff"
            " FROM reviews_revision r, reviews_version v"
            " WHERE v.store_id = %s AND v.number > 1 AND r.number = 1",
            [store.pk],
        )
        cursor.execute("ANALYZE reviews_revision, reviews_version, reviews_memory")


def rows_of_revisions(node):
    """Rows that each node of a plan took from the revisions' table."""
    if node.get("Relation Name") == "reviews_revision":
        yield round(node["Actual Rows"] * node["Actual Loops"])
    for below in node.get("Plans", []):
        yield from rows_of_revisions(below)
