"""The queryset that every model of ours starts from."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from django.db import connection, models


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
        names, read = _fields(kind)
        values = list(row[start : start + len(names)])
        for place, convert in read:
            values[place] = convert(values[place], None, connection)
        yield kind.from_db("default", names, values)
        start += len(names)


def insert(row: models.Model) -> None:
    """Write a new row with all the values that it has, and give it its key.

    For a model without signals and parents whose rows are made all the time.
    """
    statement, fields = _inserting(type(row))
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


@cache
def _inserting(
    kind: type[models.Model],
) -> "tuple[str, list[models.Field[Any, Any]]]":
    fields = [f for f in kind._meta.concrete_fields if not f.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join("%s" for _ in fields)
    table, key = kind._meta.db_table, kind._meta.pk.column
    return (
        f'INSERT INTO "{table}" ({names}) VALUES ({places}) RETURNING "{key}"',  # noqa: S608
        fields,
    )


@cache
def _fields(
    kind: type[models.Model],
) -> tuple[list[str], list[tuple[int, Callable[..., Any]]]]:
    """A model's attributes, and how those are read that a driver gives as text."""
    fields = kind._meta.concrete_fields
    read = [
        (place, field.from_db_value)
        for place, field in enumerate(fields)
        if hasattr(field, "from_db_value")
    ]
    return [field.attname for field in fields], read
