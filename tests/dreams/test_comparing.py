"""Two dreams of one store, side by side."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.dreams import comparisons, dreams, findings, pipeline, precedents
from reviews.dreams.engines import Refusal
from reviews.errors import Invalid
from tests.dreams.counting import Counting, rule_of
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA

pytestmark = pytest.mark.django_db


def dream_of(store, **options):
    return pipeline.run_inline(
        dreams.start(store, by=ADA, engine="counting", **options)
    )


@pytest.fixture
def store():
    return a_dreaming_store(runs=3)


@pytest.fixture
def agent(store):
    return store.subscriptions.get().agent


def test_what_only_one_of_them_found_stands_on_its_side(store, agent, monkeypatch):
    import_runs(agent, a_failing_run(1, "book"))
    first = dream_of(store)
    import_runs(agent, a_failing_run(1, "cancel"))
    propose = Counting.propose
    monkeypatch.setattr(
        Counting,
        "propose",
        lambda self, state, *args: propose(
            self, [fault for fault in state if fault.tool != "book"], *args
        ),
    )
    second = dream_of(store)

    found = comparisons.compare(first, second)

    assert [one.statement for one in found.only_old] == [rule_of("book")]
    assert [one.statement for one in found.only_new] == [rule_of("cancel")]


def test_what_became_of_both_is_told_where_it_differs(store, agent):
    import_runs(agent, a_failing_run(1, "cancel"))
    first = dream_of(store, dry=True)
    import_runs(agent, a_failing_run(2, "cancel"))
    second = dream_of(store, dry=True)

    found = comparisons.compare(first, second)

    (pair,) = found.moved
    assert (pair.old.result, pair.new.result) == ("refused", "would")
    assert pair.counts == [("groups", 1, 2), ("runs", 1, 2), ("people", 1, 2)]
    assert found.same == 1


def test_other_counts_alone_are_told_apart_from_another_fate(store, agent):
    first = dream_of(store, dry=True)
    import_runs(agent, a_failing_run(99))
    second = dream_of(store, dry=True)

    found = comparisons.compare(first, second)

    (pair,) = found.recounted
    assert ("groups", 3, 4) in pair.counts
    assert (found.moved, found.same) == ([], 0)


def test_a_dream_and_the_same_again_differ_in_nothing(store):
    first = dream_of(store, dry=True)
    again = pipeline.run_inline(dreams.again(first, by=ADA, dry=True))

    found = comparisons.compare(first, again)

    assert (found.moved, found.recounted, found.settings) == ([], [], [])
    assert (found.only_old, found.only_new, found.same) == ([], [], 1)


def test_settings_that_differ_are_named_with_both_values(store, monkeypatch):
    first = dream_of(store, dry=True)
    monkeypatch.setattr(Counting, "settings", lambda self: {"groups": 9})
    second = dream_of(store, window_days=7)

    found = comparisons.compare(first, second)

    assert found.settings == [
        ("dry run", True, False),
        ("groups", 2, 9),
        ("window_days", 90, 7),
    ]


def test_the_older_one_comes_first_however_they_are_given(store):
    first, second = dream_of(store), dream_of(store)

    assert comparisons.compare(second, first).old == first


def test_the_one_before_is_the_completed_one_before(store):
    first = dream_of(store)
    dreams.cancel(dreams.start(store, by=ADA), by=ADA)
    third = dream_of(store)

    assert precedents.previous(third) == first
    assert precedents.previous(first) is None


def test_dreams_of_two_stores_cannot_be_compared(store):
    with pytest.raises(Invalid, match="of two stores"):
        comparisons.compare(dream_of(store), dream_of(a_dreaming_store(runs=1)))


def test_a_dream_cannot_be_compared_with_itself(store):
    dream = dream_of(store)

    with pytest.raises(Invalid, match="with itself"):
        comparisons.compare(dream, dream)


def test_what_was_refused_beyond_what_is_kept_is_said_to_be_missing(store, monkeypatch):
    monkeypatch.setattr(findings, "MOST_REFUSALS", 2)
    first, second = dream_of(store), dream_of(store)
    refusals = [
        Refusal(statement=f"No {n}", code="generic", reason="Too general.")
        for n in range(3)
    ]
    findings.refuse(second, refusals)

    found = comparisons.compare(first, second)

    assert found.cut
    assert len([one for one in found.only_new if one.code == "generic"]) == 2


def test_it_asks_as_many_queries_for_many_findings_as_for_few(store, agent):
    def queries():
        first, second = dream_of(store, dry=True), dream_of(store, dry=True)
        with CaptureQueriesContext(connection) as captured:
            comparisons.compare(first, second)
        return len(captured)

    few = queries()
    for tool in ("cancel", "book", "ship"):
        import_runs(agent, *[a_failing_run(number, tool) for number in range(3)])

    assert queries() == few
