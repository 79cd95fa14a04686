"""A long history, written without the work of writing it, and how it is read."""

import random
import time
from collections.abc import Callable

from django.db import connection

from reviews.memory import bundles, versions
from reviews.memory.models import Revision, Store
from tests.bench.figures import p50, p95
from tests.factories import ADA, a_store

MEMORIES, VERSIONS, RULES = 1_000, 100, 8
# 99 more versions of every memory, and the head moved to the last.
_REPEATED = [
    "\nINSERT INTO reviews_version (store_id, number, kind, by, reason, at, digest)\nSELECT store_id, g, kind, by, reason, at, digest\nFROM reviews_version, generate_series(2, %(versions)s) g WHERE store_id = %(store)s\n",
    "\nINSERT INTO reviews_revision (version_id, memory_id, number, operation, path, content,\n    sha256, size, tokens, added, deleted, rules, blame, origins, diff)\nSELECT v.id, memory_id, v.number, 'modified', path,\n    replace(content, 'case', v.number::text),\n    sha256, size, tokens, added, deleted, rules, blame, origins, diff\nFROM reviews_revision r JOIN reviews_version one ON one.id = r.version_id\nJOIN reviews_version v ON v.store_id = one.store_id\nWHERE one.store_id = %(store)s AND r.number = 1 AND v.number > 1\n",
    "\nUPDATE reviews_memory m SET head_id = r.id FROM reviews_revision r\nWHERE r.memory_id = m.id AND r.number = %(versions)s AND m.store_id = %(store)s\n",
    "\nUPDATE reviews_store SET head = %(versions)s WHERE id = %(store)s\n",
]


def remember() -> dict[str, tuple[float, float]]:
    """Times of each act, p50 and p95 in milliseconds; ``plain`` is the reference."""
    new, old = a_store(), a_store()
    names = _write(old)
    first = _changes(new, _write(new), 30)
    _repeat_history(old)
    chance = random.Random(1)
    plain = Revision.objects.filter(version__store=old, number=50)
    return {
        "plain": _timed(40, lambda _: list(plain.values_list("path", "content"))),
        "as-of reading": _timed(
            40, lambda _: versions.texts_at(old, chance.randint(1, VERSIONS))
        ),
        "bundle of the head": _timed(40, lambda _: bundles.read(bundles.find(old))),
        "one change, 1 version before": first,
        "one change, 100 versions before": _changes(old, names, 60),
    }


def _write(store: Store) -> list[str]:
    names = [f"/{number % 10}/{number}.md" for number in range(MEMORIES)]
    rules = "".join(f"- rule {n} says what to do in a case\n" for n in range(RULES))
    texts = {name: f"# {name}\n\n{rules}" for name in names}
    versions.commit(store, texts, by=ADA, reason="")
    return names


def _changes(store: Store, names: list[str], times: int) -> tuple[float, float]:
    store.refresh_from_db()
    rules = "".join(f"- rule {n} says what to do in a case\n" for n in range(RULES))

    def change(number: int) -> None:
        text = {names[number]: f"{rules}- {number}\n"}
        versions.commit(store, text, by=ADA, reason="")

    return _timed(times, change)


def _timed(times: int, act: Callable[[int], object]) -> tuple[float, float]:
    spent = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        spent.append(time.perf_counter() - began)
    return p50(spent), p95(spent)


def _repeat_history(store: Store) -> None:
    """99 more versions of every memory."""
    with connection.cursor() as cursor:
        for statement in _REPEATED:
            cursor.execute(statement, {"store": store.pk, "versions": VERSIONS})
        cursor.execute(
            "VACUUM ANALYZE reviews_revision, reviews_version, reviews_memory"
        )
