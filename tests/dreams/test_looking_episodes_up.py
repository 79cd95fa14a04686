"""Looking episodes up: by all words, by some of them, by a misspelt one, and always bounded."""

from datetime import date

import pytest

from reviews.dreams import episodes, lookups
from reviews.dreams.lookups import Asked
from reviews.errors import Invalid
from reviews.memory import stores
from reviews.traces import intake
from reviews.traces.steps import Record, Step
from tests.dreams.factories import a_failing_run, import_runs
from tests.factories import SETUP, a_store, a_team, an_agent

pytestmark = pytest.mark.django_db


def a_run(name, asked, *, outcome="", day="2026-11-20", said="Done."):
    return Record(
        external_id=name, format="own", person="dana", outcome=outcome,
        started_at=f"{day}T09:00:00+00:00",
        steps=[Step(0, "message", "person", asked), Step(1, "message", "agent", said)],
    )  # fmt: skip


@pytest.fixture
def store(db):
    store = a_store(a_team(), "support")
    agent = an_agent(store.team, "clerk")
    stores.subscribe(agent, store, by=SETUP)
    intake.accept(
        agent,
        [
            a_run("parcel", "Where is my parcel to Lisbon?", outcome="success"),
            a_run("refund", "Refund the broken kettle.", outcome="failure", day="2026-11-21"),
            a_run("kettle", "Which kettle boils quietest?", day="2026-11-22"),
        ],
        by=SETUP,
    )  # fmt: skip
    episodes.catch_up()
    return store


def names(found):
    return [one.trace.external_id for one in found.episodes]


def look(store, **asked):
    return lookups.of_store(store, Asked(**asked))


def test_without_words_the_newest_come_first(store):
    assert names(look(store)) == ["kettle", "refund", "parcel"]
    assert names(look(store, limit=1)) == ["kettle"]


def test_runs_with_all_the_words_come_before_those_with_some(store):
    found = look(store, text="broken kettles")

    assert names(found) == ["refund", "kettle"]
    assert found.holding == "all"
    assert names(look(store, text='"broken kettle"', limit=1)) == ["refund"]


def test_a_phrase_and_a_word_left_out_are_meant_so(store):
    assert names(look(store, text="kettle -broken")) == ["kettle"]
    assert names(look(store, text='"kettle broken"')) == []


def test_a_task_in_a_sentence_finds_runs_that_share_some_of_it(store):
    found = look(store, text="Somebody asks where the parcel for their aunt has got to")

    assert names(found) == ["parcel"]
    assert found.holding == "some"


def test_a_misspelt_word_is_read_as_the_nearest_that_there_is(store):
    found = look(store, text="ketle")

    assert set(names(found)) == {"kettle", "refund"}
    assert found.instead == {"ketl": "kettl"}


def test_they_are_narrowed_by_agent_outcome_score_and_day(store):
    other = an_agent(store.team, "other")
    stores.subscribe(other, store, by=SETUP)
    import_runs(other, a_failing_run(1))
    episodes.catch_up()

    assert names(look(store, agent="other")) == ["refund-1"]
    assert names(look(store, outcome="failure")) == ["refund"]
    assert names(look(store, agent="clerk", outcome="unknown")) == ["kettle"]
    assert names(look(store, score="tool_error")) == ["refund-1"]
    assert names(look(store, text="kettle", until=date(2026, 11, 21))) == ["refund"]
    assert names(look(store, agent="clerk", since=date(2026, 11, 22))) == ["kettle"]
    assert names(look(store, agent="nobody")) == []


def test_only_agents_that_read_the_store_are_looked_at(store):
    stranger = an_agent(store.team, "stranger")
    intake.accept(stranger, [a_run("secret", "The kettle of the stranger")], by=SETUP)
    episodes.catch_up()

    assert "secret" not in names(look(store, text="kettle"))
    assert "secret" not in names(look(store))


@pytest.mark.parametrize(
    "text",
    ["'", "\\", "a'b \\ c", "!!! & | <->", "\0", "-", "☃ ☃", "x" * 5_000, "the of a",
     "it's d'accord C:\\temp\\x", "%s %(x)s {0}", "'; DROP TABLE reviews_trace; --"],
)  # fmt: skip
def test_whatever_is_typed_is_only_looked_for(store, text):
    found = look(store, text=text)

    assert len(found.episodes) <= 3


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"outcome": "so-so"}, "outcome"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(store, asked, field):
    with pytest.raises(Invalid) as refusal:
        look(store, **asked)

    assert refusal.value.facts["field"] == field


def test_a_list_of_a_team_finds_summaries_too(store):
    (found,) = lookups.holding(store.team_id, "lisbon")

    assert found == look(store, text="lisbon").episodes[0].pk
    assert lookups.holding(a_team().pk, "lisbon") == []
