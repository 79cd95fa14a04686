"""What a draft becomes among the items of memory, and what speaks against it."""

import pytest

from reviews.dreams.claude.schemas import Cited
from reviews.dreams.engines import Answer, Head, Rule
from tests.dreams.claude.scripted import Scripted, added, doubted, dream, judged
from tests.dreams.claude.test_judging import BETTER, several
from tests.dreams.stories import dream as offline_dream
from tests.dreams.stories import rules

OLD = "Searching for orders: `search_orders` takes a limit."
OTHER = "Orders are found with `search_orders`, and never by guessing."
HEAD = Head(
    number=3,
    texts={"/mistakes.md": f"# Mistakes to avoid\n\n- {OLD}\n- {OTHER}\n"},
    rules=(
        Rule(id="r1", path="/mistakes.md", heading=("Mistakes to avoid",), text=OLD),
        Rule(id="r2", path="/mistakes.md", heading=("Mistakes to avoid",), text=OTHER),
    ),
)
BOTH = "Orders are found with `search_orders`, and never by guessing; give `limit` as a number."


def placed(**delta):
    return Scripted(
        judge=lambda _, card: judged(card, rule=BETTER),
        curate=lambda _, file: added(file, **delta),
    )


def test_without_items_nobody_is_asked_where_it_goes():
    oracle = Scripted()
    dream(several(), oracle)
    assert oracle.of("curate") == []


def test_an_addition_stays_one():
    (draft,) = dream(several(), placed(op="add"), HEAD).drafts
    assert [one.kind for one in draft.operations] == ["add"]
    assert draft.operations[0].after == BETTER


def test_an_edit_names_the_item_and_its_words_before():
    (draft,) = dream(
        several(), placed(op="edit", item_ids=["r2"], text=BOTH), HEAD
    ).drafts

    (operation,) = draft.operations
    assert (operation.kind, operation.rule) == ("edit", "r2")
    assert (operation.before, operation.after) == (OTHER, BOTH)
    assert draft.fingerprint == offline_dream(several(), HEAD).drafts[0].fingerprint


def test_a_merge_is_an_edit_and_deletions_in_one_proposal():
    oracle = placed(op="merge", item_ids=["r2", "r1"], text=BOTH)

    outcome = dream(several(), oracle, HEAD)

    (draft,) = outcome.drafts
    assert [(one.kind, one.rule) for one in draft.operations] == [
        ("edit", "r2"),
        ("delete", "r1"),
    ]
    assert "deletes" in draft.flags
    assert any("1 addition into changes of rules" in note for note in outcome.notes)


def test_what_an_item_says_already_is_refused_with_the_item():
    outcome = dream(several(), placed(op="confirm", item_ids=["r1"]), HEAD)

    assert outcome.drafts == ()
    (refusal,) = [one for one in outcome.refused if one.code == "covered"]
    assert OLD in refusal.reason


def test_what_should_not_be_written_is_refused_with_the_reason():
    outcome = dream(several(), placed(op="none", reason="Another one says it."), HEAD)
    (refusal,) = [one for one in outcome.refused if one.code == "curated-away"]
    assert refusal.reason == "Another one says it."


@pytest.mark.parametrize(
    ("delta", "why"),
    [
        ({"op": "edit", "item_ids": ["r99"], "text": BOTH}, "not there"),
        ({"op": "edit", "item_ids": [], "text": BOTH}, "not there"),
        ({"op": "merge", "item_ids": ["r1", "r99"], "text": BOTH}, "not there"),
        ({"op": "merge", "item_ids": ["r1"], "text": BOTH}, "not there"),
        ({"op": "delete", "item_ids": ["r99"]}, "not there"),
        (
            {
                "op": "edit",
                "item_ids": ["r1"],
                "text": f"# Mistakes to avoid\n\n- {BOTH}\n- {OTHER}\n",
            },
            "whole file",
        ),
        ({"op": "edit", "item_ids": ["r1"], "text": f"{BETTER} {OTHER}"}, "whole file"),
        ({"op": "edit", "item_ids": ["r1"], "text": ""}, "without words"),
        (
            {"op": "edit", "item_ids": ["r1"], "text": "Call `drop_tables`."},
            "no person or agent",
        ),
        (
            {"op": "edit", "item_ids": ["r1"], "text": "Use it 99 times."},
            "with a number",
        ),
    ],
)
def test_what_cannot_be_carried_out_leaves_an_addition(delta, why):
    outcome = dream(several(), placed(**delta), HEAD)

    (draft,) = outcome.drafts
    assert [one.kind for one in draft.operations] == ["add"]
    assert any(why in note for note in outcome.notes), outcome.notes


def test_a_delta_for_a_draft_that_is_not_there_changes_nothing():
    (draft,) = dream(
        several(), placed(op="delete", item_ids=["r1"], draft_id="zzz"), HEAD
    ).drafts
    assert [one.kind for one in draft.operations] == ["add"]


def test_without_an_answer_every_draft_stays_an_addition():
    oracle = Scripted(curate=lambda *_: Answer(stop="over-budget"))
    outcome = dream(several(), oracle, HEAD)
    assert [one.kind for one in outcome.drafts[0].operations] == ["add"]
    assert any("did not fit the budget" in note for note in outcome.notes)


# A second reading


def doubting(**more):
    return Scripted(
        judge=lambda _, card: judged(card, rule=BETTER),
        doubt=lambda _, card: doubted(card, **more),
    )


@pytest.mark.parametrize("verdict", ["unsafe", "overreach"])
def test_an_objection_bars_policies_and_reviewers_see_it(verdict):
    outcome = dream(
        several(), doubting(verdict=verdict, objection="It was seen with words only.")
    )

    (draft,) = outcome.drafts
    assert verdict in draft.flags
    assert "It was seen with words only." in draft.because
    assert any("objects to 1 change" in note for note in outcome.notes)


def test_support_adds_nothing_to_a_proposal():
    (draft,) = dream(several(), doubting(objection="It may be rare.")).drafts
    assert not {"unsafe", "overreach", "not-doubted"} & set(draft.flags)
    assert "rare" not in draft.because


@pytest.mark.parametrize(
    "reply",
    [
        lambda *_: Answer(stop="over-budget"),
        lambda *_: Answer(stop="refusal"),
        lambda _, card: doubted(card, draft_id="another"),
    ],
)
def test_words_of_a_model_that_nobody_doubted_are_barred(reply):
    oracle = Scripted(judge=lambda _, card: judged(card, rule=BETTER), doubt=reply)
    (draft,) = dream(several(), oracle).drafts
    assert "not-doubted" in draft.flags


def test_the_words_of_code_need_no_second_reading_to_stay_as_they_are():
    oracle = Scripted(
        judge=lambda *_: Answer(stop="refusal"), doubt=lambda *_: Answer(stop="refusal")
    )
    (draft,) = dream(several(), oracle).drafts
    assert "not-doubted" not in draft.flags
    assert rules(offline_dream(several())) == [draft.title]


def test_the_second_reading_is_shown_the_rule_as_it_would_be_written():
    oracle = placed(op="edit", item_ids=["r2"], text=BOTH)
    dream(several(), oracle, HEAD)
    (question,) = oracle.of("doubt")
    assert BOTH in question.user
    assert OTHER in question.user


def test_counter_quotes_are_evidence_against():
    def judge(_, card):
        run = card["against"][0]
        step = next(one for one in run["steps"] if one["role"] == "agent")
        cited = Cited(trace=run["trace"], step=step["step"], text=step["text"])
        return judged(card, rule=BETTER, counter_quotes=[cited])

    (draft,) = dream(several(), Scripted(judge=judge)).drafts
    assert any(quote.stance == "against" for quote in draft.quotes)
