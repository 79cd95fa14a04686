"""In the example team's traces what is planted is found, and no trap is walked into."""

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
                day=made.started_at[:10],
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


def test_workflows_and_shared_preferences_are_found(dreamt):
    runs, outcome = dreamt
    found = planted.found((draft.family, draft.title) for draft in outcome.drafts)
    shared = [one.id for one in planted.PREFERENCES if one.shared]
    heard = sum(found[name] > 0 for name in shared)
    ways = sum(found[one.id] > 0 for one in planted.WORKFLOWS)

    enough = len(runs) >= 1_000
    assert ways >= (len(planted.WORKFLOWS) if enough else 2)
    assert heard >= (0.85 if enough else 0.7) * len(shared)


def test_no_mistake_and_no_preference_is_made_up(dreamt):
    _, outcome = dreamt
    others = [
        draft.title
        for draft in outcome.drafts
        if draft.family != "workflow"
        and not any(
            planted.matches(one, draft.title, family=draft.family)
            for one in planted.ALL
        )
    ]

    assert others == []


def test_a_wish_that_others_oppose_is_not_proposed(dreamt):
    _, outcome = dreamt
    opposed = [one for one in planted.PREFERENCES if one.opposed]
    local = [draft.title for draft in outcome.drafts if "local time" in draft.title]

    assert local == []
    for one in opposed:
        assert not any(planted.matches(one, draft.title) for draft in outcome.drafts)


def test_a_wish_of_one_person_goes_no_further(dreamt):
    _, outcome = dreamt
    for one in planted.PREFERENCES:
        for draft in outcome.drafts:
            if len(one.people) == 1 and planted.matches(one, draft.title):
                assert (draft.scope, draft.scope_of) == ("person", one.people[0])


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
        assert draft.title.startswith("When ") or draft.family == "preference"
        assert len(draft.title.split()) <= 60
