"""Rules that time has passed by: a tool gone, a date over, a path that leads nowhere."""

import msgspec
import pytest

from tests.dreams.stories import call, dream
from tests.dreams.test_hygiene import head
from tests.dreams.test_mistakes import many

ABOUT = "- Ask `get_rates` for the rate of the day.\n"


def on(day, runs):
    return [(msgspec.structs.replace(facts, day=day), made) for facts, made in runs]


def used(times, until="2026-03-01", start=0):
    return on(until, many(times, call("get_rates"), call("pay"), start=start))


def unused(times, since="2026-04-01", start=100):
    return on(since, many(times, call("pay"), start=start))


def tidied(memory, runs):
    outcome = dream(runs, memory)
    return [one for one in outcome.drafts if one.kind == "outdated"], outcome.refused


def test_a_rule_about_a_tool_that_is_not_called_any_more_is_proposed_for_deletion():
    [draft], _ = tidied(head(a=ABOUT), used(10) + unused(60))

    assert draft.operations[0].kind == "delete"
    assert draft.because == (
        "10 of 10 runs of its agents called it until 2026-03-01, and none of the 60 since."
    )


@pytest.mark.parametrize(
    "runs",
    [
        used(10) + unused(49),
        used(2) + unused(60),
        # Rarely called before: so long a pause is nothing special.
        used(3) + on("2026-02-01", many(97, call("pay"), start=20)) + unused(60, start=200),
        # Its agents have stopped running; others go on.
        used(10) + on("2026-04-01", many(60, call("pay"), start=100, agent="other")),
        used(10) + unused(60) + used(1, until="2026-05-01", start=300),
    ],
)  # fmt: skip
def test_a_pause_is_no_end(runs):
    assert tidied(head(a=ABOUT), runs)[0] == []


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("Use the old endpoint until 2026-03-31.", True),
        ("Use the old endpoint until March 2026.", True),
        ("Use the old endpoint until 31 March 2026, then the new one.", True),
        ("Freeze releases through the end of Q1 2026.", True),
        ("Bis zum 2026-03-31 den alten Zugang nehmen.", True),
        ("Use the old endpoint until 2026-12-31.", False),
        ("Since 2025-01-01 we use the new endpoint.", False),
        ("Use the old endpoint until 31 June 2026.", False),
        ("Run `report --until 2026-03-31` by hand.", False),
    ],
)
def test_a_date_that_is_over_makes_a_rule_stale(text, over):
    drafts, _ = tidied(head(a=f"- {text}\n"), unused(3))

    assert [one.operations[0].kind for one in drafts] == ["delete"] * over


def test_a_path_that_leads_nowhere_is_mended_where_its_twin_is_known():
    memory = head(a="- See /tips.md for more.\n", team__tips="# Tips\n\n- Be brief.\n")
    [draft], _ = tidied(memory, unused(3))

    assert (draft.operations[0].kind, draft.operations[0].after) == (
        "edit",
        "See /team/tips.md for more.",
    )


def test_a_path_that_leads_nowhere_at_all_is_listed():
    drafts, refused = tidied(head(a="- See /tips.md for more.\n"), unused(3))

    assert drafts == []
    assert {one.code for one in refused} >= {"dead-path"}


def test_words_that_age_are_listed_for_people():
    drafts, refused = tidied(head(a="- For now, send nothing to Lyon.\n"), unused(3))

    assert drafts == []
    assert {one.code for one in refused} >= {"may-be-dated"}


def test_opposite_words_under_one_heading_may_contradict():
    text = "- Put the summary above the sales table in monthly reports.\n- Put the summary below the sales table in monthly reports.\n"
    _, refused = tidied(head(a=text), unused(3))

    assert {one.code for one in refused} >= {"possible-conflict"}
