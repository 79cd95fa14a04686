"""Over all real runs and the example: every quote verbatim, every dream the same, nothing twice."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviews.dreams import dreams, pipeline
from reviews.dreams.models import Dream
from reviews.examples import generator
from reviews.memory import stores
from reviews.memory.models import Store
from reviews.proposals.models import Evidence, Proposal
from reviews.traces import bodies, formats, intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record
from tests import factories
from tests.factories import ADA, SETUP

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[3] / "shared" / "data"
REAL = ["tau-airline", "agentrx-retail", "claude-code-team/sessions"]
real = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real traces are not here"),
]


def runs_of(source: str) -> dict[str, list[Record]]:
    """The runs of each agent."""
    if source != "example":
        found = [one for one in formats.read(DATA / source) if isinstance(one, Record)]
        return {"agent": found}
    runs: dict[str, list[Record]] = {}
    for made in generator.records(300):
        runs.setdefault(generator.agent_of(made), []).append(made)
    return runs


def a_store_of(runs: dict[str, list[Record]]) -> Store:
    """A store of a team of its own, whose subscribers left these runs."""
    store = factories.a_store()
    for name, records in runs.items():
        agent = factories.an_agent(store.team, name)
        stores.subscribe(agent, store, by=SETUP)
        taken = intake.accept(agent, records, by=SETUP)
        assert len(taken) == len(records)
    return store


def dream_of(store: Store) -> Dream:
    dream = pipeline.run_inline(dreams.start(store, by=ADA))
    assert dream.state == Dream.State.COMPLETED, dream.error
    return dream


def told(store: Store) -> list[tuple[object, ...]]:
    """Everything that is proposed, and on what evidence, but for keys and times."""
    proposals = Proposal.objects.filter(store=store).order_by("fingerprint")
    return [
        (
            one.fingerprint,
            one.title,
            one.risk,
            one.flags,
            one.counts,
            one.confidence,
            [
                (operation.kind, operation.path, operation.heading, quotes(operation))
                for operation in one.operations.order_by("position")
            ],
        )
        for one in proposals
    ]


def quotes(operation):
    rows = operation.evidence.order_by("position")
    return list(rows.values_list("stance", "external_id", "step", "start", "quote"))


def misquoted(store: Store) -> Iterator[Evidence]:
    """Evidence that is not word for word where it says."""
    traces = Trace.objects.filter(team=store.team)
    steps = {key: body.steps for key, body in bodies.bodies_of(list(traces)).items()}
    for piece in Evidence.objects.filter(operation__proposal__store=store):
        text = steps[piece.trace_id][piece.step].text[piece.start : piece.end]
        digest = hashlib.sha256(text.encode()).hexdigest()
        if not text or (text, digest) != (piece.quote, piece.sha256):
            yield piece


@pytest.mark.parametrize(
    "source", ["example", *(pytest.param(name, marks=real) for name in REAL)]
)
def test_every_quote_is_verbatim_and_equal_traces_give_equal_proposals_once(source):
    runs = runs_of(source)
    first, second = a_store_of(runs), a_store_of(runs)

    dream_of(first)
    dream_of(second)

    found = told(first)
    assert found
    assert all(evidence for *_, operations in found for *_, evidence in operations)
    assert list(misquoted(first)) == []
    assert told(second) == found

    again = dream_of(first)
    assert told(first) == found
    assert not again.findings.filter(result="proposed").exists()
