"""Rows for the bare views: tables of ``tables.sql``, and the product's own."""

# ruff: noqa: DJ008 - nobody reads these rows

from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Unmanaged(models.Model):
    class Meta:
        abstract = True
        managed = False


class Token(Unmanaged):
    hash = models.TextField()
    agent_id = models.BigIntegerField()

    class Meta(Unmanaged.Meta):
        db_table = "reviews_token"


class SentTrace(Unmanaged):
    agent_id = models.BigIntegerField()
    external_id = models.TextField()
    received_at = models.DateTimeField()
    document = models.TextField()
    search = SearchVectorField()

    class Meta(Unmanaged.Meta):
        db_table = "bench_trace"


class Bundle(Unmanaged):
    name = models.TextField(primary_key=True)
    etag = models.TextField()
    document = models.TextField()

    class Meta(Unmanaged.Meta):
        db_table = "bench_bundle"


class Item(Unmanaged):
    state = models.TextField()

    class Meta(Unmanaged.Meta):
        db_table = "bench_item"


class Decision(Unmanaged):
    item = models.ForeignKey(Item, models.DO_NOTHING)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta(Unmanaged.Meta):
        db_table = "bench_decision"


class Proposal(Unmanaged):
    store_id = models.BigIntegerField()
    state = models.TextField()
    title = models.TextField()
    family = models.TextField()
    risk = models.TextField()
    because = models.TextField()
    waiting_since = models.DateTimeField()

    class Meta(Unmanaged.Meta):
        db_table = "reviews_proposal"


class Trace(Unmanaged):
    team_id = models.BigIntegerField()
    external_id = models.TextField()
    title = models.TextField()
    person = models.TextField()
    outcome = models.TextField()
    month = models.DateField()
    happened_at = models.DateTimeField()

    class Meta(Unmanaged.Meta):
        db_table = "reviews_trace"


class Body(models.Model):
    pk = models.CompositePrimaryKey("month", "trace_id")
    month = models.DateField()
    trace_id = models.BigIntegerField()
    document = models.BinaryField()

    class Meta(Unmanaged.Meta):
        db_table = "reviews_tracebody"
