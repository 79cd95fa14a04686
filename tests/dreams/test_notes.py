"""Why a dream proposed what it did, in sentences."""

import pytest

from reviews.dreams import notes


@pytest.mark.parametrize(
    ("came", "said"),
    [
        ((1, 0, {}, 0), ["Proposed 1 change: nothing like it waits or applies."]),
        ((2, 0, {}, 0), ["Proposed 2 changes: nothing like them waits or applies."]),
        ((0, 1, {}, 0), ["Brought new evidence to an open proposal."]),
        ((0, 3, {}, 0), ["Brought new evidence to 3 open proposals."]),
        ((0, 0, {}, 0), ["Proposed nothing: no mistake came back in what was read."]),
        (
            (0, 0, {"covered": 1, "transient": 2}, 3),
            [
                "Proposed nothing: why not stands beside each finding.",
                (
                    "Did not propose 3 findings: 2 passing by themselves, "
                    "1 covered by memory already."
                ),
            ],
        ),
        (
            (0, 1, {"tail": 1_200}, 500),
            [
                "Brought new evidence to an open proposal.",
                "Did not propose 1,200 findings: 1,200 too rare to list.",
                "The first 500 of them are listed.",
            ],
        ),
    ],
)
def test_the_outcome_is_said_with_its_numbers(came, said):
    assert notes.outcome(*came) == said


def test_a_reason_without_words_of_its_own_is_its_code():
    assert notes.reason("rule-moved") == "rule moved"
