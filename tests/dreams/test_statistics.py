"""The tests that decide agree with textbooks, and keep their promises."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.mining.statistics import benjamini_hochberg, fisher, mantel_haenszel

cells = st.integers(0, 40)


@given(cells, cells, cells, cells)
def test_fisher_is_the_share_of_tables_at_least_as_extreme(a, b, c, d):
    row, column, total = a + b, a + c, a + b + c + d
    exact = sum(
        comb(row, k) * comb(total - row, column - k)
        for k in range(a, min(row, column) + 1)
    ) / comb(total, column)

    assert fisher(a, b, c, d) == pytest.approx(
        exact if row and column else 1.0, abs=1e-9
    )


def test_the_lady_tasting_tea():
    assert fisher(4, 0, 0, 4) == pytest.approx(1 / 70)


def test_fisher_stays_exact_for_large_tables():
    # 3,000 of 50,000 against 100 of 50,000: beyond doubt, and no overflow
    assert fisher(3_000, 47_000, 100, 49_900) < 1e-300


def test_q_values_of_the_paper():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip

    q = benjamini_hochberg(p)

    assert [one <= 0.05 for one in q] == [True] * 4 + [False] * 11
    assert q[3] == pytest.approx(0.0095 * 15 / 4)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_q_is_never_below_p_and_keeps_its_order(p):
    q = benjamini_hochberg(p)

    assert all(high >= low for low, high in zip(p, q, strict=True))
    ordered = [one for _, one in sorted(zip(p, q, strict=True))]
    assert ordered == sorted(ordered)


def test_strata_undo_a_paradox():
    """All in all the check seems to hurt; within each kind of task it helps."""
    easy, hard = (2, 8, 10, 90), (80, 20, 6, 4)

    together = mantel_haenszel({(82, 28, 16, 94): 1})
    apart = mantel_haenszel({easy: 1, hard: 1})

    assert together.difference > 0.5
    assert apart.difference < 0.2
    assert apart.p > together.p


def test_strata_with_one_arm_only_say_nothing():
    assert mantel_haenszel({(5, 5, 0, 0): 3}).p == 1.0
    assert mantel_haenszel({}).p == 1.0
