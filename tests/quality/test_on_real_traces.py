"""On real traces a dream is worth reading: what it says is right, quoted, and no trap."""

import pytest

from tests.quality import attributions, scoring

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not scoring.DATA.is_dir(), reason="needs the real traces"),
]


def every_draft():
    return [draft for score in scoring.scores() for draft in score.drafts]


def test_every_proposal_has_been_read_and_most_are_worth_approving():
    verdicts = [
        scoring.judged(score.name, draft)
        for score in scoring.scores()
        for draft in score.drafts
    ]

    assert "unread" not in verdicts
    assert verdicts.count("approve") >= 0.85 * len(verdicts)
    assert verdicts.count("reject") <= 0.05 * len(verdicts)


def test_half_of_what_a_reader_must_find_is_found():
    found = [score.recall("must") for score in scoring.scores() if score.name in "ABD"]

    assert sum(part for part, _ in found) >= 0.5 * sum(whole for _, whole in found)


def test_no_trap_is_walked_into():
    assert [title for score in scoring.scores() for title in score.trapped] == []


def test_every_quote_stands_at_its_place():
    assert [score.misquoted for score in scoring.scores()] == [0, 0, 0, 0]
    assert sum(score.quotes for score in scoring.scores()) >= 2 * len(every_draft())


def test_nothing_is_proposed_twice():
    for score in scoring.scores():
        prints = [draft.fingerprint for draft in score.drafts]

        assert len(set(prints)) == len(prints)


def test_every_finding_is_stated_or_its_miss_is_explained():
    explained = {name for names in scoring.missed().values() for name in names}

    for score in scoring.scores():
        if score.name in "ABD":
            assert score.weights.keys() - score.matched.keys() - explained == set()


def test_a_signal_shows_at_a_third_of_the_steps_that_people_marked():
    found, every, _ = attributions.detected(scoring.DATA)

    assert every > 80
    assert found >= 0.35 * every
