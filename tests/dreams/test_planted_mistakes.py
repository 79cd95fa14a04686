"""In the example team's traces all planted mistakes are found, and no trap is walked into."""

import pytest

from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.masking import mask
from reviews.examples import generator, planted
from reviews.traces.steps import Facts
from tests.dreams.stories import EMPTY, sliced


def group(made):
    opening = next((one.text for one in made.steps if one.actor == "person"), "")
    return made.task or f"{made.person}: {mask(opening[:400]).text}"


@pytest.fixture(scope="module", params=[300, 1_000])
def dreamt(request):
    engine = Offline()
    runs = [
        (
            Facts(
                trace=made.external_id, agent=generator.agent_of(made), group=group(made),
                person=made.person, outcome=made.outcome, reward=made.reward,
            ),
            made.steps,
        )
        for made in generator.records(request.param)
    ]  # fmt: skip
    state = engine.reduce([engine.evaluate(*one).digest for one in runs])
    return runs, engine.propose(state, EMPTY, engine.settings())


def test_every_planted_mistake_is_found_once(dreamt):
    _, outcome = dreamt
    found = planted.found((draft.family, draft.title) for draft in outcome.drafts)

    assert {one.id: found[one.id] for one in planted.MISTAKES} == {
        one.id: 1 for one in planted.MISTAKES
    }


def test_nothing_else_is_proposed(dreamt):
    _, outcome = dreamt
    others = [
        draft.title
        for draft in outcome.drafts
        if not any(planted.matches(one, draft.title) for one in planted.MISTAKES)
    ]

    assert others == []


def test_no_trap_is_walked_into(dreamt):
    _, outcome = dreamt

    for draft in outcome.drafts:
        words = [draft.title, draft.because, *draft.alternatives]
        words += [operation.after for operation in draft.operations]
        assert planted.traps_in(*words) == []


def test_every_quote_stands_at_its_place(dreamt):
    runs, outcome = dreamt
    assert len(sliced(runs, outcome)) >= 2 * len(outcome.drafts)


def test_rules_are_short_and_say_when(dreamt):
    _, outcome = dreamt

    for draft in outcome.drafts:
        assert draft.title.startswith("When ")
        assert len(draft.title.split()) <= 60
