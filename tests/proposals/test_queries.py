"""The language of the filter bar: read and written the same, and mistakes with their place."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from reviews.proposals import conditions, decisions, inbox, queries, threads, turns
from reviews.proposals.models import Proposal, Turn
from reviews.proposals.queries import FIELDS, Mistake, Term, parse, text
from tests.factories import (
    ADA,
    BOB,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_edit,
    the_cast,
)

WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
).filter(str.strip)
COUNTS = st.integers(0, 999).map(str)
SPANS = st.builds("{}{}".format, st.integers(0, 99), st.sampled_from(["min", "h", "d"]))
SIGNS = st.sampled_from(["", ">", ">=", "<", "<="])


def several(values):
    return st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)


known = st.sampled_from([name for name in FIELDS if FIELDS[name].values]).flatmap(
    lambda name: st.builds(
        Term,
        st.just(name),
        several(st.sampled_from(FIELDS[name].values)),
        negated=st.booleans(),
    )
)
free = st.builds(
    Term,
    st.sampled_from(["store", "path", "agent", "by"]),
    several(WORDS),
    negated=st.booleans(),
)
counted = st.builds(
    Term,
    st.sampled_from(["evidence", "against"]),
    COUNTS.map(lambda one: (one,)),
    SIGNS,
    st.booleans(),
)
lasting = st.builds(
    Term,
    st.sampled_from(["age", "waiting"]),
    SPANS.map(lambda one: (one,)),
    SIGNS,
    st.booleans(),
)
words = st.builds(
    Term, st.just(""), WORDS.map(lambda one: (one,)), negated=st.booleans()
)
ASKED = st.lists(known | free | counted | lasting | words, max_size=6).map(tuple)


@given(ASKED)
def test_what_is_written_reads_as_it_was(query):
    written = text(query)
    if len(written) <= queries.LONGEST:
        assert parse(written) == query


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_then_stands(typed):
    mistake, query = None, ()
    try:
        query = parse(typed)
    except Mistake as refusal:
        mistake = refusal

    assert mistake is None or 1 <= mistake.facts["at"] <= len(typed) + 1
    assert parse(text(query)) == query


def test_words_fields_signs_and_minuses():
    assert parse('risk:high,LOW -kind:delete age:>7d refund "within 4 h" 10:30') == (
        Term("risk", ("high", "low")),
        Term("kind", ("delete",), negated=True),
        Term("age", ("7d",), ">"),
        Term("", ("refund",)),
        Term("", ("within 4 h",)),
        Term("", ("10:30",)),
    )


@pytest.mark.parametrize(
    ("typed", "at", "says"),
    [
        ("rsik:high", 1, "Did you mean risk:?"),
        ("nonsense:x", 1, "There are risk, kind, is"),
        ("words risk:hgih", 12, "Did you mean high?"),
        ("risk:", 6, "It can be high, medium, low."),
        ("kind:add,", 10, "It can be add, edit"),
        ("age:>soon", 6, "For example age:>7d."),
        ("evidence:many", 10, "For example evidence:>=3."),
        ("risk:>high", 6, "cannot be compared"),
        ('"open', 1, "do not end"),
        ("store:", 7, "For example store:support."),
        ("x" * 401, 401, "at most 400"),
        ("word " * 21, 1, "at most 20 terms"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_could_stand_there(typed, at, says):
    with pytest.raises(Mistake) as refusal:
        parse(typed)

    assert refusal.value.facts["at"] == at
    assert says in refusal.value.message


def test_a_chip_puts_its_value_in_and_takes_it_out():
    query = parse("refund risk:low")

    wider = queries.toggled(query, "risk", "high")
    assert text(wider) == "refund risk:low,high"
    assert text(queries.toggled(wider, "risk", "low")) == "refund risk:high"
    assert text(queries.toggled(query, "risk", "low")) == "refund"
    assert text(queries.toggled(parse("-risk:low"), "risk", "low")) == (
        "-risk:low risk:low"
    )


@pytest.fixture
def store(db):
    store = a_store()
    a_version(store, rules="- Amounts are in euros.\n- Ask before deleting.\n")
    return store


def found(store, typed, by=ADA):
    rows = inbox.within(store.team)
    return set(conditions.narrow(rows, parse(typed), by=by))


def test_each_field_finds_what_it_names(store):
    grave = a_proposal(store, an_edit("Ask before deleting.", "Skip the question."))
    plain = a_proposal(store, an_add("Parcels go by boat.", "/shipping.md"))
    Proposal.objects.filter(pk=plain.pk).update(
        created_at=timezone.now() - timedelta(days=8),
        counts={"groups": 2, "against": 1},
        resembles=grave,
    )

    for typed in (
        "risk:high",
        "kind:edit",
        "flag:widening",
        "-risk:low",
        "evidence:>=3",
        "against:0",
        "age:<7d",
        "Skip",
        f"{grave}",
        "path:rules",
        "risk:high,medium kind:edit",
    ):
        assert found(store, typed) == {grave}, typed
    for typed in (
        "BOAT",
        "age:>1w",
        "evidence:2",
        "-kind:edit",
        "path:ship",
        "boat go",
    ):
        assert found(store, typed) == {plain}, typed
    for typed in (
        f"store:{store.name}",
        "by:dream",
        "family:mistake",
        "engine:offline",
        f"like:{grave}",
        "agent:" + grave.operations.get().evidence.get().agent,
    ):
        assert found(store, typed) == {grave, plain}, typed
    assert found(store, "store:elsewhere") == set()


def test_states_are_those_of_whoever_asks(store):
    cast = the_cast(store.team)
    mine, sent, asleep, plain = (a_proposal(store) for _ in range(4))
    turns.assign(mine, cast["ada"], by=BOB)
    decisions.request_changes(sent, by=BOB, reason="Narrower.")
    decisions.snooze(asleep, by=BOB, until=timezone.now() + timedelta(days=1))
    threads.say(plain, by=BOB, text="@ada, is that so?")

    assert found(store, "is:mine") == {mine}
    assert found(store, "is:mine", by=BOB) == set()
    assert found(store, "is:unassigned") == {sent, asleep, plain}
    assert found(store, "is:sent-back") == {sent}
    assert found(store, "is:snoozed") == {asleep}
    assert found(store, "is:mentioned,discussed") == {plain}
    assert Turn.objects.get(proposal=plain).why == Turn.Why.MENTIONED
    assert found(store, "is:returned") == found(store, "is:stale") == set()


def test_every_field_and_state_can_be_asked_of_the_database(store):
    for name, field in FIELDS.items():
        for value in field.values or (field.example,):
            assert list(inbox.within(store.team)) == []
            assert found(store, f"{name}:{value}") == set()
