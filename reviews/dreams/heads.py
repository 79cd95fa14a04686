"""The store's head as an engine sees it."""

from reviews.dreams.engines import Head, Rule
from reviews.memory import revisions
from reviews.memory.models import Store


def read(store: Store) -> Head:
    """Everything that the store believes now, by path, and rule by rule."""
    number = Store.objects.values_list("head", flat=True).get(pk=store.pk)
    memories = revisions.authored_head(store)
    return Head(
        number=number,
        texts={path: memories[path].text for path in sorted(memories)},
        rules=tuple(
            Rule(id=rule.id, path=path, heading=rule.heading, text=rule.text)
            for path in sorted(memories)
            for rule in memories[path].rules
        ),
    )
