"""The offline engine in the pipeline, on the example team's traces."""

import hashlib

import pytest

from reviews.dreams import dreams, pipeline
from reviews.examples import generator
from reviews.memory import stores
from reviews.proposals.models import Evidence, Proposal
from reviews.teams import agents
from reviews.traces import bodies, intake
from tests.factories import ADA, SETUP, a_store

pytestmark = pytest.mark.django_db

TRACES = 150


def a_store_of_examples(*, backwards=False):
    store = a_store()
    records = list(generator.records(TRACES))
    by_agent = {}
    for record in reversed(records) if backwards else records:
        by_agent.setdefault(generator.agent_of(record), []).append(record)
    for name, runs in by_agent.items():
        agent = agents.create(store.team, name, by=SETUP)
        stores.subscribe(agent, store, by=SETUP)
        intake.accept(agent, runs, by=SETUP)
    return store


def proposals(store):
    return [
        {
            "fingerprint": one.fingerprint,
            "title": one.title,
            "because": one.because,
            "counts": one.counts,
            "confidence": one.confidence,
            "texts": list(one.wordings.values_list("texts", flat=True)),
            "evidence": list(
                Evidence.objects.filter(operation__proposal=one)
                .order_by("position")
                .values_list("external_id", "step", "start", "end", "quote", "stance")
            ),
        }
        for one in Proposal.objects.filter(store=store).order_by("pk")
    ]


def test_two_fresh_stores_come_to_the_same_and_a_second_dream_to_nothing(monkeypatch):
    first, second = a_store_of_examples(), a_store_of_examples(backwards=True)
    pipeline.run_inline(dreams.start(first, by=ADA))
    monkeypatch.setattr(dreams, "SHARD_SIZE", 40)
    pipeline.run_inline(dreams.start(second, by=ADA))

    again = pipeline.run_inline(dreams.start(first, by=ADA))

    assert proposals(first) == proposals(second)
    assert len(proposals(first)) > 3
    assert again.notes == [pipeline.notes.NOTHING_NEW]


def test_every_quote_stands_in_its_step_at_its_offsets():
    store = a_store_of_examples()

    dream = pipeline.run_inline(dreams.start(store, by=ADA))

    assert not dream.findings.filter(code__in=["unquotable", "miscounted"]).exists()
    pieces = Evidence.objects.select_related("trace")
    assert len(pieces) > 10
    for piece in pieces:
        said = bodies.slice(piece.trace, piece.step, piece.start, piece.end)
        assert piece.quote == said
        assert piece.sha256 == hashlib.sha256(said.encode()).hexdigest()
