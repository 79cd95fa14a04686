"""The offline engine within the pipeline: traces in, proposals with evidence out, once."""

from pathlib import Path

import pytest

from reviews.dreams import dreams, pipeline
from reviews.dreams.models import Dream, Finding
from reviews.examples import generator, planted
from reviews.memory import stores
from reviews.proposals.models import Evidence, Proposal
from reviews.traces import bodies, formats, intake
from reviews.traces.formats import Record
from reviews.traces.models import Trace
from tests.factories import ADA, SETUP, a_store, a_version, an_agent

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[3] / "shared" / "data"


def a_store_with(**runs):
    """A store whose subscribers left these runs, by agent."""
    store = a_store()
    for name, records in runs.items():
        agent = an_agent(store.team, name.replace("_", "-"))
        stores.subscribe(agent, store, by=SETUP)
        intake.accept(agent, records, by=SETUP)
    return store


def an_example(count):
    runs = {}
    for made in generator.records(count):
        runs.setdefault(generator.agent_of(made), []).append(made)
    return a_store_with(**runs)


def dream_of(store):
    dream = pipeline.run_inline(dreams.start(store, by=ADA, engine="offline"))
    assert dream.state == Dream.State.COMPLETED, dream.error
    return dream


def said_of(store):
    """What is proposed, as far as two stores can agree on it."""
    return [
        (one.fingerprint, one.kind, one.scope, one.title, one.counts, one.flags)
        for one in Proposal.objects.filter(store=store).order_by("fingerprint")
    ]


def misquoted():
    """Evidence that is not verbatim at its place."""
    found = bodies.bodies_of(list(Trace.objects.all()))
    steps = {key: body.steps for key, body in found.items()}
    return [
        piece
        for piece in Evidence.objects.all()
        if steps[piece.trace_id][piece.step].text[piece.start : piece.end]
        != piece.quote
    ]


def test_the_example_teams_mistakes_are_proposed_with_verbatim_evidence():
    store = an_example(300)

    dream = dream_of(store)

    titles = [(one.family, one.title) for one in Proposal.objects.filter(store=store)]
    found = planted.found(titles)
    assert [one.id for one in planted.MISTAKES if found[one.id] != 1] == []
    assert [title for _, title in titles if planted.traps_in(title)] == []
    assert Evidence.objects.count() > 20
    assert misquoted() == []
    assert dream.findings.filter(result=Finding.Result.REFUSED).exists()


def test_two_stores_agree_and_a_second_dream_finds_nothing_new():
    first, second = an_example(120), an_example(120)

    dream_of(first)
    dream_of(second)
    assert said_of(first) == said_of(second)
    assert said_of(first)

    before = Proposal.objects.count()
    dream_of(first)
    assert Proposal.objects.count() == before


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the real traces")
@pytest.mark.parametrize(
    ("path", "least"),
    [("tau-airline", 4), ("agentrx-retail", 4), ("claude-code-team/sessions", 8)],
)
def test_real_traces_give_proposals_with_verbatim_evidence(path, least):
    runs = [one for one in formats.read(DATA / path) if isinstance(one, Record)]

    dream_of(a_store_with(agent=runs))

    assert Proposal.objects.count() >= least
    assert misquoted() == []


def test_a_rule_that_memory_has_twice_is_proposed_for_deletion_without_any_quote():
    store = an_example(50)
    said = "Run the formatter before you commit anything."
    a_version(store, a=f"# A\n\n- {said}\n", b=f"# B\n\n- {said}\n")

    dream_of(store)

    [proposal] = Proposal.objects.filter(store=store, family="hygiene")
    [operation] = proposal.operations.all()
    assert (operation.kind, operation.path, operation.before) == (
        "delete",
        "/b.md",
        said,
    )
    assert "deletes" in " ".join(proposal.flags)
    assert proposal.risk != "low"


def test_a_rule_whose_date_is_over_is_proposed_for_deletion_without_any_quote():
    store = a_store_with(clerk=[*generator.records(3)])
    a_version(store, rules="# Rates\n\n- Use the old rates until 2020-01-31.\n")

    dream_of(store)

    [proposal] = Proposal.objects.filter(store=store, kind="outdated")
    assert proposal.title.startswith("Delete a rule that held until 2020-01-31")
