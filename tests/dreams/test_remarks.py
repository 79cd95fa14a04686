"""What people find wrong: known faults become rules, the rest is counted and listed."""

import pytest

from reviews.dreams.mining import cues, remarks, speech, wording
from tests.dreams.stories import call, dream, run, says, steps, stopped
from tests.dreams.test_mistakes import only
from tests.dreams.test_novelty import memory

WORK = [says("Add the report."), call("Edit", {}), says("It is there.", "agent")]
ASKED = "The user doesn't want to proceed with this tool use. the user said: "


def told(*sentences, people="ada bob cid dan", start=0):
    """Each sentence after some work, in a run of its own."""
    names = people.split()
    return [
        run(f"{start}-{n}", *WORK, says(text), person=names[n % len(names)])
        for n, text in enumerate(sentences)
    ]


def kinds(*parts):
    made = steps(*parts)
    return [one.kind for one in remarks.remarks(made, speech.sentences(made))]


def test_what_three_people_miss_becomes_a_rule_with_their_words_as_evidence():
    draft = only(
        dream(told("Can we add a test?", "Is this tested?", "No tests?")), "remark"
    )

    assert draft.title.startswith("With every fix or change add a test")
    assert (draft.family, draft.scope) == ("preference", "store")
    assert {quote.provenance for quote in draft.quotes} == {"person"}
    assert draft.counts["people"] == 3


def test_what_one_person_keeps_missing_is_theirs_alone():
    runs = told("Can we add a test?", "Is this tested?", people="ada")
    draft = only(dream([*runs, *told("Nice.", people="bob", start=1)]), "remark")

    assert (draft.scope, draft.scope_of) == ("person", "ada")


def test_a_mistake_that_two_people_see_in_three_groups_is_for_all():
    runs = told("That is wrong.", "This is incorrect.", "Are you sure?", people="a b")

    assert only(dream(runs), "remark").scope == "store"


def test_what_each_says_once_is_listed_and_not_proposed():
    outcome = dream(told("Is this tested?", "No tests?"))

    assert outcome.drafts == ()
    assert {one.code for one in outcome.refused if one.kind == "remark"} == {
        "too-few-people"
    }


def test_corrections_of_different_things_give_no_advice():
    runs = told("No, the other file.", "You forgot the footer.", "I meant blue.")

    assert {one.code for one in dream(runs).refused if one.kind == "remark"} == {
        "no-action"
    }


def test_an_opening_message_asks_for_tests_and_finds_nothing_wrong():
    assert kinds(says("Please add tests for the parser.")) == []
    assert kinds(*WORK, says("Please add tests for the parser.")) == ["tests"]


@pytest.mark.parametrize(
    "answer", ["No, that's all.", "No, it wasn't made yesterday.", "Not yet, please."]
)
def test_an_answer_to_the_agents_question_is_no_correction(answer):
    assert kinds(says("Help me."), says("Anything else?", "agent"), says(answer)) == []


@pytest.mark.parametrize(
    "said",
    [
        "No problem!", "No worries.", "No, nothing else.", "No, that's fine.",
        "No, that's all for now. Thanks.", "Never mind.", "No, thank you.",
        "No, she hasn't replied since Tuesday.",
    ],
)  # fmt: skip
def test_thanks_and_goodbyes_correct_nothing(said):
    assert kinds(*WORK, says(said)) == []


@pytest.mark.parametrize(
    "said", ["No, the other file.", "No, that is not what I meant.", "No, use tabs."]
)
def test_a_no_that_says_what_is_corrects(said):
    assert "correction" in kinds(*WORK, says(said))


def test_a_stop_with_a_reason_may_ask_to_wait():
    assert kinds(stopped("Edit", {}, ASKED + "wait please let's talk")) == ["hold"]


def test_saying_it_again_is_seen():
    twice = "Write the summary in two sentences for the board."

    assert kinds(says(twice), says("Done.", "agent"), says(twice + " Please.")) == [
        "rephrase"
    ]


def test_taking_work_back_is_the_clearest_word_of_all():
    runs = [run(str(n), *WORK, says("/undo"), person="") for n in range(3)]

    assert only(dream(runs), "remark").title.startswith(
        "When the person takes a change"
    )


def test_memory_that_says_so_in_other_words_covers_it():
    outcome = dream(
        told("Can we add a test?", "Is this tested?", "No tests?"),
        memory("- Make sure all of it is tested before you stop."),
    )

    assert outcome.drafts == ()


def test_what_an_agent_admits_in_several_groups_is_a_mistake_to_avoid():
    made = [
        says("How many were sold?"),
        says(
            "The file is not here.\nI will use simulated sales data instead.", "agent"
        ),
    ]
    runs = [run(str(n), *made, person="ada") for n in range(3)]
    draft = only(dream(runs), "remark")

    assert draft.title.startswith("When data, a file or a key is not at hand")
    assert {quote.provenance for quote in draft.quotes} == {"agent"}
    assert dream(runs[:2]).drafts == ()


def test_an_assumption_that_a_person_makes_is_theirs():
    assert kinds(*WORK, says("Let's assume the file is there.")) == []


@pytest.mark.parametrize("language", [one.name for one in cues.languages()])
def test_every_language_knows_the_same_faults_and_says_them_in_few_words(language):
    its = cues.named(language)

    assert {one.name for one in its.faults} == {
        one.name for one in cues.named("en").faults
    }
    assert {one.name for one in its.admissions} == {
        one.name for one in cues.named("en").admissions
    }
    for fault in (*its.faults, *its.admissions):
        assert len(fault.rule.split()) <= wording.LONGEST
        assert fault.family in {"mistake", "preference"}
