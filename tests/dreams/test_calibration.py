"""Confidence is what this store's people make of it, and a kind they turn down is muted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.engines import Decided, Head
from reviews.dreams.mining.calibration import Calibration
from reviews.dreams.mining.thresholds import DEFAULTS
from tests.dreams.stories import dream
from tests.dreams.test_mistakes import only
from tests.dreams.test_novelty import RUNS


def decided(approved, rejected, kind="error-fix", confidence=0.8):
    return tuple(
        Decided(kind=kind, approved=good, confidence=confidence)
        for good, times in ((True, approved), (False, rejected))
        for _ in range(times)
    )


def dreamt(*decisions):
    return dream(RUNS, Head(number=1, texts={}, decided=decisions))


def test_every_decision_moves_the_confidence_of_its_kind_from_the_first_one_on():
    [plain] = dreamt().drafts
    [liked] = dreamt(*decided(5, 0)).drafts
    [less] = dreamt(*decided(0, 5)).drafts
    [other] = dreamt(*decided(0, 5, kind="loop")).drafts

    assert less.confidence < plain.confidence < liked.confidence
    assert other.confidence == plain.confidence


def test_a_kind_that_is_mostly_turned_down_is_muted_and_the_dream_says_so():
    outcome = dreamt(*decided(7, 13))

    assert outcome.drafts == ()
    assert {one.code for one in outcome.refused} >= {"muted-kind"}
    assert outcome.notes == (
        "Proposals of the kind “error-fix” are muted here: people approved 7 of 20.",
    )


@pytest.mark.parametrize(("good", "bad"), [(7, 12), (8, 12)])
def test_nineteen_decisions_or_two_fifths_are_enough_to_go_on(good, bad):
    outcome = dreamt(*decided(good, bad))

    assert outcome.drafts
    assert outcome.notes == ()


def test_fifty_decisions_bend_confidences_to_what_became_of_them():
    rash = Calibration(
        [*decided(10, 15, confidence=0.9), *decided(2, 23, confidence=0.5)], DEFAULTS
    )

    assert rash.bent(0.9) == pytest.approx(10 / 25, abs=0.001)
    assert rash.bent(0.5) == pytest.approx(2 / 25, abs=0.001)
    assert rash.bent(0.5) < rash.bent(0.7) < rash.bent(0.9)


def test_forty_nine_do_not():
    assert Calibration(decided(0, 49), DEFAULTS).bent(0.8) == 0.8


@given(
    st.lists(
        st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=50, max_size=120
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_order_of_confidences_is_kept_and_none_is_certain(past, one, other):
    bent = Calibration(
        [Decided(kind="loop", approved=good, confidence=c) for c, good in past],
        DEFAULTS,
    ).bent
    low, high = sorted((one, other))

    assert 0 < bent(low) <= bent(high) < 1


def test_a_draft_of_a_kind_that_is_muted_leaves_others_alone():
    assert only(dreamt(*decided(0, 30, kind="loop")), "error-fix")
