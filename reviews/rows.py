"""The queryset that every model of ours starts from."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models


class Rows[M: models.Model](models.QuerySet[M]):
    """Related rows are fetched for all peers at once.

    A forgotten ``select_related`` costs one query, not one per row. It does not cover
    reverse many-to-one relations: those are prefetched by name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fetch_mode = models.FETCH_PEERS


def columns(alias: str, model: type[models.Model]) -> str:
    """A model's columns, for a statement written by hand because it runs all the time.

    Django works out the SQL of a query anew for every request, which costs several
    times as much as running it.
    """
    fields = model._meta.concrete_fields
    return ", ".join(f'{alias}."{field.column}"' for field in fields)


def instances(row: Sequence[Any], *kinds: type[models.Model]) -> Iterator[Any]:
    """What such a statement found, in the order in which it names the columns."""
    start = 0
    for kind in kinds:
        names = [field.attname for field in kind._meta.concrete_fields]
        yield kind.from_db("default", names, row[start : start + len(names)])
        start += len(names)
