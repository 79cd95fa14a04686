"""The queryset that every model of ours starts from."""

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
