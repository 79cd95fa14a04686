"""Nobody is asked again about what they turned down, until there is enough that is new."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviews.audit.actors import Actor
from reviews.proposals import decisions, likenesses, mutes, returns, submissions
from reviews.proposals.models import Mute
from reviews.proposals.returns import Known, Shown
from tests.factories import ADA, BOB, a_draft, a_store, an_add, much_later

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DREAM = Actor.system("offline")
TRIGGER = {"tool": "refund", "template": "amount ‹number› is too much", "marks": "m1"}
names = st.frozensets(st.sampled_from([f"n{n}" for n in range(24)]))


def knowns():
    return st.builds(
        Known,
        groups=names,
        people=names,
        effect=st.floats(0, 50),
        times=st.integers(1, 4),
        ground=st.sampled_from(["", "wrong", "duplicate", "not-worth-it", "other"]),
        until=st.integers(-40, 40).map(lambda days: NOW + timedelta(days=days)),
    )


@given(
    knowns(),
    st.builds(Shown, groups=names, people=names, effect=st.floats(0, 200)),
)
def test_nothing_ever_comes_back_with_less_than_was_promised(known, shown):
    if returns.missing(known, shown, NOW):
        return

    new = shown.groups - known.groups
    assert known.times < 3
    assert now_is_past(known)
    assert len(new) >= 3
    assert 2 * len(new) >= len(known.groups)
    stronger = known.effect > 0 and shown.effect >= 1.5 * known.effect
    assert shown.people - known.people or stronger
    assert known.ground != "duplicate"
    if known.ground == "not-worth-it":
        assert shown.effect >= 2 * known.effect > 0


def now_is_past(known):
    return known.until <= NOW


def test_it_comes_back_with_all_that_was_promised():
    known = Known(groups=frozenset("abc"), people=frozenset("p"), effect=2, until=NOW)
    enough = Shown(groups=frozenset("abcdef"), people=frozenset("pq"))

    assert returns.missing(known, enough, NOW) == ()
    assert returns.missing(known, replace(enough, people=frozenset("p")), NOW)
    grown = replace(enough, people=frozenset("p"), effect=3.0)
    assert returns.missing(known, grown, NOW) == ()


@pytest.mark.parametrize(("times", "days"), [(1, 14), (2, 28), (3, 56)])
def test_each_silence_is_twice_as_long_as_the_one_before(times, days):
    assert returns.silence(times) == timedelta(days=days)


# In a store


@pytest.fixture
def store(db):
    return a_store()


def draft(store, text="Before `refund`, look the order up.", **fields):
    known = {
        "kind": "error-fix",
        "trigger": {**TRIGGER, "fix": "after:order"},
        "people": ("p1", "p2"),
        "impact": 4.0,
        "fingerprint": "first",
    }
    return a_draft(store, an_add(text), **(known | fields))


def submit(store, one):
    return submissions.open(store, one, by=DREAM)


def reject(store, one, ground="", by=ADA):
    said = submit(store, one)
    assert said.proposal, said.reason
    decisions.reject(said.proposal, by=by, reason="Not for us.", ground=ground)
    return said.proposal


def more(one, people=("p3",), **fields):
    """The same with all that it takes to come back."""
    new = tuple(f"new-{n}-{len(one.groups)}" for n in range(len(one.groups)))
    return replace(
        one, groups=(*one.groups, *new), people=(*one.people, *people), **fields
    )


def test_however_much_is_new_it_stays_quiet_for_a_fortnight(store):
    one = draft(store)
    reject(store, one)

    early = submit(store, more(one))
    much_later(store)
    late = submit(store, more(one))

    assert (early.code, late.result) == ("muted", "returned")
    assert "“Not for us.” It stays quiet until" in early.reason
    mute = Mute.objects.get()
    assert mute.people == ["p1", "p2"]
    assert mute.effect == 4.0


def test_a_second_rejection_lasts_twice_as_long(store):
    one = draft(store)
    reject(store, one)
    much_later(store)
    reject(store, more(one))

    mute = Mute.objects.get()

    assert mute.times == 2
    assert mute.until - mute.at == timedelta(days=28)


def test_nobody_new_and_no_stronger_is_not_enough(store):
    one = draft(store)
    reject(store, one)
    much_later(store)

    assert "Nobody new shows it" in submit(store, more(one, people=())).reason
    assert submit(store, more(one, people=(), impact=6.0)).result == "returned"


def test_the_same_thing_in_other_words_is_the_same(store):
    reject(store, draft(store))
    other = draft(
        store,
        "Look the order up before `refund`.",
        fingerprint="other",
        engine="claude",
        trigger={},
        kind="rule",
    )

    assert submit(store, other).code == "muted"


def test_what_came_back_in_other_words_counts_on(store):
    one = draft(store)
    reject(store, one)
    much_later(store)
    other = replace(
        more(draft(store, "Look the order up before `refund`.")), fingerprint="other"
    )
    second = reject(store, other, by=BOB)
    much_later(store)
    third = reject(store, more(replace(other, people=("p9",)), people=("p10",)))

    assert second.returned_id
    assert third.returned_id
    assert {mute.times for mute in Mute.objects.all()} == {3}
    much_later(store)
    assert "for good" in submit(store, more(more(one))).reason


@pytest.mark.parametrize(
    "text",
    [
        "Before `refund`, never look the order up.",
        "Retry `refund` with the amount that the message offers.",
    ],
)
def test_the_opposite_and_another_action_are_not_the_same(store, text):
    reject(store, draft(store), "wrong")
    way = {**TRIGGER, "fix": "recovery"}

    assert submit(store, draft(store, text, fingerprint="b", trigger=way)).proposal


def test_a_false_pattern_is_quiet_whatever_is_made_of_it_and_only_there(store):
    reject(store, draft(store), "false-pattern")
    text = "Retry `refund` with the amount that the message offers."
    way = {**TRIGGER, "fix": "recovery"}
    other = draft(store, text, fingerprint="b", trigger=way)

    assert submit(store, other).code == "muted"
    narrow = replace(other, scope="agent", scope_of="clerk", fingerprint="c")
    assert submit(store, narrow).proposal


def test_what_was_not_worth_it_has_to_be_worth_twice_as_much(store):
    one = draft(store)
    reject(store, one, "not-worth-it")
    much_later(store)

    assert "twice as much" in submit(store, more(one, impact=7.9)).reason
    assert submit(store, more(one, impact=8.0)).result == "returned"


def test_what_is_there_already_is_covered_until_somebody_lifts_it(store):
    one = draft(store)
    rejected = reject(store, one, "duplicate")
    much_later(store)

    assert submit(store, more(one)).code == "covered"
    mutes.lift(store, rejected.fingerprint, by=ADA, reason="It went away.")
    assert submit(store, more(one)).result == "opened"


def test_what_is_like_something_unsafe_says_so(store):
    reject(store, draft(store, "Refund at once when the customer is angry."), "unsafe")
    like = draft(
        store,
        "Refund half at once when the customer sounds angry.",
        fingerprint="b",
        scope="agent",
        scope_of="clerk",
    )

    found = submit(store, like).proposal

    assert "like-unsafe" in found.flags
    assert found.risk == "high"


def test_a_person_who_asks_again_means_it(store):
    reject(store, draft(store))
    asked = draft(store, fingerprint="by hand", engine="", engine_version="")

    assert submit(store, asked).result == "opened"


def test_likeness_by_pieces_knows_a_text_from_another():
    text = "Give amounts in euros, with the sign behind the number."
    same, other = likenesses.pieces(
        text,
        [
            "Give amounts in euros, with their sign behind the number.",
            "Close every ticket with a summary of what was done.",
        ],
    )

    assert likenesses.pieces(text, [text])[0] > 0.999
    assert same >= likenesses.SAME_PIECES > likenesses.LIKE_PIECES > other
