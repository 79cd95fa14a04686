"""History: 1,000 memories with 100 versions, and the diff engine beside git's.

Run by name, with ``-s`` to see the figures; they count as ratios, on a busy machine.
"""

import random
import statistics
import subprocess
import time
from collections.abc import Callable

import pytest
from django.db import connection

from reviews.memory import bundles, diffs, versions
from reviews.memory.models import Revision
from tests.factories import ADA, a_store

MEMORIES, VERSIONS = 1_000, 100


def timed(times: int, act: Callable[[int], object]) -> tuple[float, float]:
    """p50 and p95 of an act, in milliseconds."""
    spent = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent), sorted(spent)[int(times * 0.95)]


def show(what: str, figures: tuple[float, float], limit: str = "") -> None:
    line = f"{what:<42} p50 {figures[0]:7.1f} ms  p95 {figures[1]:7.1f} ms  {limit}"
    print(f"\n{line}", end="")  # noqa: T201


@pytest.mark.django_db
def test_one_change_and_one_reading_of_the_past():
    store = a_store()
    names = [f"/{number % 10}/{number}.md" for number in range(MEMORIES)]
    rules = "".join(f"- rule {n} says what to do in a case\n" for n in range(8))
    versions.commit(
        store, {name: f"# {name}\n\n{rules}" for name in names}, by=ADA, reason=""
    )
    repeat_history(store.pk)
    store.refresh_from_db()
    chance = random.Random(1)
    one = versions.commit(store, {names[-1]: rules}, by=ADA, reason="")

    plain = timed(
        40,
        lambda _: list(
            Revision.objects.filter(number=50).values_list("path", "content")
        ),
    )
    past = timed(40, lambda _: versions.texts_at(store, chance.randint(1, VERSIONS)))
    head = timed(40, lambda _: bundles.read(bundles.find(store)))
    change = timed(
        100,
        lambda n: versions.commit(
            store, {names[n]: f"{rules}- {n}\n"}, by=ADA, reason=""
        ),
    )
    undo = timed(1, lambda _: versions.undo(store, one, by=ADA, reason=""))

    show("reference: as many rows of one version", plain)
    show("as-of reading", past, "peers 34-392 ms")
    show("bundle of the head", head)
    show("one change", change, "peers 1.1-4.0 ms")
    show("undo", undo)
    assert past[0] < 4 * plain[0]


def repeat_history(store: int) -> None:
    """99 more versions of every memory, without the work of writing them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reviews_version (store_id, number, kind, by, reason, at, digest)"
            " SELECT store_id, g, kind, by, reason, at, digest"
            " FROM reviews_version, generate_series(2, %s) g WHERE store_id = %s",
            [VERSIONS, store],
        )
        cursor.execute(
            "INSERT INTO reviews_revision (version_id, memory_id, number, operation, path,"
            " content, sha256, size, tokens, added, deleted, rules, blame, diff)"
            " SELECT v.id, memory_id, v.number, 'modified', path, replace(content, 'case', v.number::text),"
            " sha256, size, tokens, added, deleted, rules, blame, diff"
            " FROM reviews_revision r, reviews_version v"
            " WHERE v.store_id = %s AND v.number > 1 AND r.number = 1",
            [store],
        )
        cursor.execute(
            "UPDATE reviews_memory m SET head_id = r.id FROM reviews_revision r"
            " WHERE r.memory_id = m.id AND r.number = %s",
            [VERSIONS],
        )
        cursor.execute(
            "UPDATE reviews_store SET head = %s WHERE id = %s", [VERSIONS, store]
        )
        cursor.execute("ANALYZE reviews_revision, reviews_version, reviews_memory")


@pytest.mark.parametrize("rules", [50, 500])
def test_a_diff_beside_git(tmp_path, rules):
    chance = random.Random(2)
    words = [
        "ask",
        "refund",
        "never",
        "order",
        "within",
        "hours",
        "the",
        "customer",
        "lead",
    ]
    old = [f"- {' '.join(chance.choices(words, k=14))} {n}" for n in range(rules)]
    new = [
        line.replace("within", "after") if chance.random() < 0.05 else line
        for line in old
    ]
    sides = [tmp_path / "old.md", tmp_path / "new.md"]
    for side, lines in zip(sides, (old, new), strict=True):
        side.write_text("\n".join(lines) + "\n")
    before, after = (side.read_text() for side in sides)
    command = ["git", "diff", "--no-index", "--word-diff", *map(str, sides)]

    git = timed(20, lambda _: subprocess.run(command, capture_output=True, check=False))
    ours = timed(20, lambda _: diffs.compare(before, after))

    show(f"git diff --word-diff, {rules} rules", git)
    show(f"our diff, {rules} rules", ours, "at most 2x git")
    assert ours[0] < 2 * git[0]
