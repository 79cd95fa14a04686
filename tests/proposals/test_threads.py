"""Threads: begun somewhere, answered, resolved, counted, and calling people by name."""

import pytest

from reviews.audit import ledger
from reviews.errors import Invalid
from reviews.proposals import decisions, threads, turns
from reviews.proposals.models import Comment
from tests.factories import (
    ADA,
    BOB,
    LIN,
    a_proposal,
    a_store,
    a_team,
    a_version,
    an_add,
    an_edit,
    the_cast,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return a_team()


@pytest.fixture
def cast(team):
    return the_cast(team)


@pytest.fixture
def store(team):
    store = a_store(team)
    a_version(store, rules="- Answer within 24 h.\n- Be kind.\n")
    return store


@pytest.fixture
def proposal(store):
    return a_proposal(store, an_add("Amounts are in euros.\nAlways."))


def whose(proposal):
    return {
        turn.user.username: turn.why
        for turn in turns.of([proposal]).get(proposal.pk, [])
    }


def test_a_thread_begins_on_the_proposal_on_an_operation_or_on_a_line(proposal):
    operation = proposal.operations.get()

    threads.say(proposal, by=ADA, text="Why at all?")
    threads.say(proposal, by=ADA, text="Why here?", operation=operation)
    threads.say(proposal, by=BOB, text="Really?", operation=operation, line=2)

    places = [
        (t.first.operation, t.first.line, t.first.wording) for t in threads.of(proposal)
    ]
    assert places == [(None, None, None), (operation, None, 1), (operation, 2, 1)]
    said = ledger.about(proposal)[0]
    assert (said.action, ledger.content_of(said)["facts"]["line"]) == (
        "proposal.commented",
        2,
    )


@pytest.mark.parametrize("line", [0, 3, 99])
def test_a_line_that_is_not_there_takes_no_thread(proposal, line):
    with pytest.raises(Invalid):
        threads.say(
            proposal, by=ADA, text="Hm.", operation=proposal.operations.get(), line=line
        )
    with pytest.raises(Invalid):
        threads.say(proposal, by=ADA, text="Hm.", line=1)
    assert not Comment.objects.exists()


def test_a_line_of_a_deletion_is_one_of_the_text_that_goes(store):
    proposal = a_proposal(store, an_edit("Be kind.", "Be very kind."))

    said = threads.say(
        proposal, by=ADA, text="How?", operation=proposal.operations.get(), line=1
    )

    assert said.line == 1


def test_answers_stand_in_their_thread_oldest_first(
    proposal, cast, django_assert_num_queries
):
    first = threads.say(proposal, by=ADA, text="Why?")
    threads.say(proposal, by=ADA, text="And when?")
    threads.answer(first, by=BOB, text="Because.")
    threads.answer(first, by=ADA, text="I see.")

    with django_assert_num_queries(1):
        found = threads.of(proposal)

    assert [[a.text for a in thread.answers] for thread in found] == [
        ["Because.", "I see."],
        [],
    ]


def test_an_answer_to_an_answer_stands_in_the_same_thread(proposal, cast):
    first = threads.say(proposal, by=ADA, text="Why?")
    second = threads.answer(first, by=BOB, text="Because.")

    threads.answer(second, by=ADA, text="I see.")

    (thread,) = threads.of(proposal)
    assert len(thread.answers) == 2


def test_a_thread_is_resolved_once_and_reopened_once(proposal, cast):
    thread = threads.say(proposal, by=ADA, text="Why?")

    threads.resolve(thread, by=BOB)

    with pytest.raises(threads.AlreadyResolved, match="bob resolved"):
        threads.resolve(thread, by=LIN)
    assert threads.of(proposal)[0].resolved
    threads.reopen(thread, by=ADA)
    with pytest.raises(threads.NotResolved):
        threads.reopen(thread, by=ADA)
    assert [entry.action for entry in ledger.about(proposal)][:2] == [
        "proposal.thread-reopened",
        "proposal.thread-resolved",
    ]


def test_an_answer_opens_a_resolved_thread_again(proposal, cast):
    thread = threads.say(proposal, by=ADA, text="Why?")
    threads.resolve(thread, by=ADA)

    threads.answer(thread, by=BOB, text="Not so fast.")

    assert not threads.of(proposal)[0].resolved


def test_open_threads_are_counted_for_a_whole_list_at_once(
    store, cast, django_assert_num_queries
):
    talked, silent = a_proposal(store), a_proposal(store)
    first = threads.say(talked, by=ADA, text="One.")
    threads.answer(first, by=BOB, text="An answer is no thread.")
    threads.say(talked, by=ADA, text="Two.")
    threads.resolve(threads.say(talked, by=ADA, text="Three."), by=ADA)

    with django_assert_num_queries(1):
        counted = threads.open_on([talked, silent])

    assert counted == {talked.pk: 2}


def test_whoever_is_mentioned_gets_the_turn(proposal, cast):
    threads.say(proposal, by=ADA, text="@bob, and @Lin: is it so? Ask x@bob.example.")

    assert whose(proposal) == {"bob": "mentioned", "lin": "mentioned"}
    facts = ledger.content_of(ledger.about(proposal)[0])["facts"]
    assert facts["mentions"] == ["bob", "lin"]


def test_code_mentions_nobody(proposal, cast):
    threads.say(proposal, by=ADA, text="It calls `@dataclass` for @bob.")

    assert whose(proposal) == {"bob": "mentioned"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody", "Nobody in this team is called @nobody"),
        ("eve", "Nobody in this team is called @eve"),
        ("vera", "@vera may only read"),
    ],
)
def test_a_name_that_cannot_answer_is_refused_and_nothing_is_said(
    proposal, cast, name, says
):
    with pytest.raises(Invalid, match=says) as refused:
        threads.say(proposal, by=ADA, text=f"What do you think, @{name}?")

    assert refused.value.facts["field"] == "text"
    assert not Comment.objects.exists()


def test_whoever_mentions_themselves_has_no_turn(proposal, cast):
    threads.say(proposal, by=ADA, text="Note to @ada.")

    assert whose(proposal) == {}


def test_an_empty_comment_and_an_endless_one_are_refused(proposal):
    for text in ("  \n", "x" * 10_001):
        with pytest.raises(Invalid):
            threads.say(proposal, by=ADA, text=text)


def test_what_is_settled_can_be_talked_about_and_is_nobody_s_turn(proposal, cast):
    decisions.reject(proposal, by=ADA, reason="One case.")

    threads.say(proposal, by=ADA, text="@bob, was that right?")

    assert whose(proposal) == {}
