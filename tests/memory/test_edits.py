import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviews.errors import DomainError, Invalid
from reviews.memory import blame, edits, paths, places, rules
from reviews.memory.edits import Change
from tests.memory.documents import SENTENCES, edited
from tests.memory.documents import texts as documents

REFUNDS = """\
# Billing

Be kind.

## Refunds

- Ask for the order number.
- Refund within 14 days
  of the purchase.

## Invoices
1. Send them by mail.
2. Keep a copy.
"""


def standing(text=REFUNDS, path="/billing.md"):
    return {path: blame.begin(text, path=path, number=1)}


def named(text, memories=None):
    """The id of the rule that begins with these words."""
    memory = (memories or standing())["/billing.md"]
    return next(rule.id for rule in memory.rules if rule.text.startswith(text))


def applied(*changes, memories=None):
    return edits.apply(memories if memories is not None else standing(), changes)


def ask(kind, **facts):
    return Change(kind=kind, path="/billing.md", **facts)


def test_an_edited_rule_keeps_its_marker_and_its_place():
    change = ask(
        "edit",
        rule=named("Refund within"),
        before="Refund within 14 days\nof the purchase.",
        after="Refund within 30 days\nof the purchase.",
    )

    assert applied(change).texts == {
        "/billing.md": REFUNDS.replace("14 days", "30 days")
    }


def test_a_rule_may_be_named_by_what_it_says_alone():
    change = ask("edit", before="Keep a copy.", after="Keep two copies.")

    assert applied(change).texts == {
        "/billing.md": REFUNDS.replace("a copy", "two copies")
    }


def test_a_rule_that_went_and_came_back_is_found_by_what_it_says():
    change = ask("delete", rule="000000000000", before="Keep a copy.")

    assert applied(change).texts == {
        "/billing.md": REFUNDS.replace("2. Keep a copy.\n", "")
    }


def test_a_deleted_bullet_leaves_nothing_behind():
    one = ask("delete", rule=named("Ask for"), before="Ask for the order number.")
    two = ask("delete", before="Refund within 14 days\nof the purchase.")

    assert applied(one).texts["/billing.md"] == REFUNDS.replace(
        "- Ask for the order number.\n", ""
    )
    assert "## Refunds\n\n## Invoices\n" in applied(one, two).texts["/billing.md"]


def test_the_last_rule_takes_its_memory_along():
    memories = standing("# Tone\n\n- Be brief.\n")

    change = ask("delete", before="Be brief.")

    assert applied(change, memories=memories).texts == {"/billing.md": None}


def test_a_new_rule_goes_behind_the_last_one_under_its_heading():
    change = ask("add", heading=("Refunds",), after="Never promise a date.")

    assert applied(change).texts["/billing.md"] == REFUNDS.replace(
        "  of the purchase.\n", "  of the purchase.\n- Never promise a date.\n"
    )


@pytest.mark.parametrize(
    ("heading", "before", "after"),
    [
        # A numbered list goes on counting.
        (("Billing", "Invoices"), "2. Keep a copy.\n", "2. Keep a copy.\n3. New\n   rule.\n"),
        # No heading: what stands under the title.
        ((), "Be kind.\n", "Be kind.\n\n- New\n  rule.\n"),
        # Headings are found whatever their case and emphasis.
        (("**invoices**",), "2. Keep a copy.\n", "2. Keep a copy.\n3. New\n   rule.\n"),
        # A missing one is made, where its parent is known below that.
        (("Refunds", "Cash"), "  of the purchase.\n", "  of the purchase.\n\n### Cash\n\n- New\n  rule.\n"),
        (("Tone",), "2. Keep a copy.\n", "2. Keep a copy.\n\n## Tone\n\n- New\n  rule.\n"),
    ],
)  # fmt: skip
def test_where_a_new_rule_goes(heading, before, after):
    change = ask("add", heading=heading, after="New\nrule.")

    assert applied(change).texts["/billing.md"] == REFUNDS.replace(before, after)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        # Bullets that are spaced stay so; other markers are followed.
        ("* a\n\n* b\n", "c", "* a\n\n* b\n\n* c\n"),
        # Without a newline at the end there is one then.
        ("- a", "c", "- a\n- c\n"),
        # Windows line ends are kept.
        ("- a\r\n", "c\nd", "- a\r\n- c\r\n  d\r\n"),
        # What comes with its own marker, or is no bullet, is taken as it is.
        ("- a\n", "* c", "- a\n* c\n"),
        ("- a\n", "```\ncode\n```", "- a\n\n```\ncode\n```\n"),
        # Above the first of several top headings.
        ("# A\n- a\n# B\n- b\n", "c", "- c\n\n# A\n- a\n# B\n- b\n"),
        ("", "c", "- c\n"),
    ],
)
def test_a_new_rule_looks_like_its_neighbours(text, after, expected):
    assert applied(ask("add", after=after), memories=standing(text)).texts == {
        "/billing.md": expected
    }


def test_a_rule_for_a_memory_that_is_not_there_begins_it():
    change = Change(kind="add", path="/tone.md", heading=("Mails",), after="Be brief.")

    assert applied(change).texts == {"/tone.md": "## Mails\n\n- Be brief.\n"}


def test_many_changes_are_applied_together():
    done = applied(
        ask("delete", rule=named("Ask for"), before="Ask for the order number."),
        ask(
            "edit", rule=named("Keep"), before="Keep a copy.", after="Keep two copies."
        ),
        ask("add", heading=("Refunds",), after="Never promise a date."),
        ask("rename", new_path="/money.md"),
    )

    assert done.renames == {"/billing.md": "/money.md"}
    assert [rule.text for rule in rules.split(done.texts["/money.md"])] == [
        "Be kind.",
        "Refund within 14 days\nof the purchase.",
        "Never promise a date.",
        "Send them by mail.",
        "Keep two copies.",
    ]


def test_a_whole_memory_may_be_replaced_or_deleted():
    replace = ask("edit", before=REFUNDS, after="- All new.\n")

    assert applied(replace).texts == {"/billing.md": "- All new.\n"}
    assert applied(ask("delete")).texts == {"/billing.md": None}
    assert applied(ask("delete", before=REFUNDS)).texts == {"/billing.md": None}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        # Reworded since.
        (ask("edit", rule=named("Keep"), before="Keep no copy.", after="x"), edits.RuleMoved),
        # Deleted since, by id and by words.
        (ask("edit", rule="000000000000", before="Keep none.", after="x"), edits.RuleGone),
        (ask("delete", before="Shred it."), edits.RuleGone),
        (Change(kind="delete", path="/gone.md", before="x"), edits.MemoryGone),
        (Change(kind="rename", path="/gone.md", new_path="/a"), edits.MemoryGone),
        (ask("rename", before="- other\n", new_path="/a"), edits.RuleMoved),
        # Says it already.
        (ask("add", after="Keep a copy."), edits.AlreadyThere),
        # Says nothing.
        (ask("add", after=" \n "), Invalid),
        (ask("edit", before="Keep a copy.", after=""), Invalid),
        (ask("add", heading=("a\nb",), after="x"), Invalid),
        (ask("rename", new_path="a.md"), Invalid),
        (Change(kind="add", path="a.md", after="x"), Invalid),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused(change, refusal):
    with pytest.raises(refusal):
        applied(change)


def test_a_refusal_shows_both_wordings():
    with pytest.raises(edits.RuleMoved) as refusal:
        applied(ask("edit", rule=named("Keep"), before="Keep none.", after="x"))

    assert refusal.value.facts["expected"] == "Keep none."
    assert refusal.value.facts["found"] == "Keep a copy."


def test_two_rules_that_say_the_same_have_to_be_told_apart():
    memories = standing("- Sign.\n\n## B\n- Sign.\n")

    with pytest.raises(Invalid):
        applied(ask("delete", before="Sign."), memories=memories)


def test_two_changes_of_one_rule_are_refused():
    both = [ask(kind, before="Keep a copy.", after="x") for kind in ("edit", "delete")]

    with pytest.raises(Invalid):
        applied(*both)


def test_nothing_is_added_to_a_code_block_without_an_end():
    with pytest.raises(places.PlaceUnclear):
        applied(ask("add", after="x"), memories=standing("```\ncode\n"))


def test_paths_are_told_apart_from_folders():
    with pytest.raises(paths.PathTaken):
        paths.check_free("/billing.md/more", standing())


@given(documents(), SENTENCES)
def test_an_added_rule_is_there_and_all_others_stay(text, after):
    try:
        new = edits.add(text, ask("add", after=after))
    except DomainError:
        assume(False)

    was, now = ([rule.text for rule in rules.split(t)] for t in (text, new))
    assert sorted(now) == sorted([*was, after])


@given(documents())
def test_deleting_a_rule_deletes_it_and_nothing_else(text):
    memory = blame.begin(text, path="/a", number=1)
    assume(memory.rules)
    gone = memory.rules[len(memory.rules) // 2]

    change = Change(kind="delete", path="/a", rule=gone.id, before=gone.text)
    new = edits.apply({"/a": memory}, [change]).texts["/a"]

    words = [line.strip() for line in text.split("\n") if line.strip()]
    for line in text.split("\n")[gone.start : gone.end]:
        if line.strip():
            words.remove(line.strip())
    assert sorted(line.strip() for line in (new or "").split("\n") if line.strip()) == (
        sorted(words) if new is not None else []
    )


@given(documents(), st.lists(SENTENCES, min_size=2, max_size=2, unique=True))
def test_additions_under_one_heading_commute(text, both):
    one, other = (ask("add", heading=("refund",), after=after) for after in both)
    try:
        there = edits.add(edits.add(text, one), other)
        back = edits.add(edits.add(text, other), one)
    except DomainError:
        assume(False)

    assert sorted(said(there)) == sorted(said(back))


@given(documents(), st.data())
def test_changes_of_different_rules_commute(text, data):
    memory = blame.begin(text, path="/a", number=1)
    assume(len(memory.rules) > 1)
    first, last = memory.rules[0], memory.rules[-1]
    kinds = st.sampled_from(["edit", "delete"])
    changes = [
        Change(kind=data.draw(kinds), path="/a", rule=rule.id, before=rule.text, after=f"new {rule.start}")
        for rule in (first, last)
    ]  # fmt: skip

    assert edits.apply({"/a": memory}, changes) == edits.apply(
        {"/a": memory}, changes[::-1]
    )


def said(text):
    return [(rule.heading, rule.text) for rule in rules.split(text)]


# A text typed by a person, as changes


def as_changes(old, new):
    memory = blame.begin(old, path="/a.md", number=1)
    found = edits.between(memory, new, "/a.md")
    assert edits.apply({"/a.md": memory}, found).texts == {"/a.md": new}
    return [(change.kind, change.before, change.after) for change in found]


def test_what_a_person_changes_is_told_rule_by_rule():
    old = "# Rules\n\n- Refund within 14 days.\n- Be brief.\n"

    assert as_changes(old, old.replace("14", "30")) == [
        ("edit", "Refund within 14 days.", "Refund within 30 days.")
    ]
    assert as_changes(old, old + "- Sign.\n") == [("add", "", "Sign.")]
    assert as_changes(old, old.replace("- Be brief.\n", "")) == [
        ("delete", "Be brief.", "")
    ]
    assert as_changes(old, old.replace("14", "30") + "- Sign.\n") == [
        ("edit", "Refund within 14 days.", "Refund within 30 days."),
        ("add", "", "Sign."),
    ]


def test_what_rules_cannot_say_changes_the_whole_memory():
    old = "# Rules\n\n- Refund within 14 days.\n- Be brief.\n"
    for new in (
        old.replace("# Rules", "# Refunds"),
        "# Rules\n\n- Be brief.\n- Refund within 14 days.\n",
        old.replace("- Be", "\n- Be"),
    ):
        assert as_changes(old, new) == [("edit", old, new)]


def test_a_text_without_a_rule_is_the_end_of_its_memory():
    memory = blame.begin("- Be brief.\n", path="/a.md", number=1)

    (change,) = edits.between(memory, "\n", "/a.md")

    assert (change.kind, change.before) == ("delete", "- Be brief.\n")


@given(edited())
def test_any_two_texts_have_changes_between_them(pair):
    old, new = pair
    memory = blame.begin(old, path="/a.md", number=1)
    changes = edits.between(memory, new, "/a.md")

    if old != new and old and rules.split(new):
        assert edits.apply({"/a.md": memory}, changes).texts == {"/a.md": new}


def test_a_new_memory_is_begun_with_a_whole_text_as_it_stands():
    for text in ("# Rules\n\nBe brief.\n", "- One.\n- Two.\n", "Be brief.\n"):
        change = Change(kind="add", path="/new.md", after=text)
        assert edits.apply({}, [change]).texts == {"/new.md": text}

    change = Change(kind="add", path="/new.md", after="Be brief.")
    assert edits.apply({}, [change]).texts == {"/new.md": "- Be brief.\n"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_additions_that_say_where_they_stand_come_to_one_order(order):
    one = ask(
        "add",
        heading=("Billing", "Refunds"),
        after="Check the card.",
        behind=(places.mark("Ask for the order number."),),
    )
    two = ask(
        "add",
        heading=("Billing", "Refunds"),
        after="Write it down.",
        behind=(places.mark("Check the card."), *one.behind),
    )

    text = REFUNDS
    for change in [(one, two)[place] for place in order]:
        text = applied(change, memories=standing(text)).texts["/billing.md"]

    number = "- Ask for the order number.\n"
    assert text == REFUNDS.replace(
        number, f"{number}- Check the card.\n- Write it down.\n"
    )


def test_an_addition_whose_neighbours_are_gone_goes_to_the_top_of_its_section():
    change = ask(
        "add",
        heading=("Billing", "Refunds"),
        after="Check the card.",
        behind=(places.mark("Said by nobody."),),
    )

    first = "- Ask for the order number."
    assert applied(change).texts == {
        "/billing.md": REFUNDS.replace(first, f"- Check the card.\n{first}")
    }


def test_a_heading_that_is_missing_is_made_where_its_first_rule_was_placed():
    change = ask(
        "add",
        heading=("Billing", "Cards"),
        after="Check the card.",
        behind=(places.mark("Refund within 14 days\nof the purchase."),),
    )

    last = "  of the purchase.\n"
    assert applied(change).texts == {
        "/billing.md": REFUNDS.replace(last, f"{last}\n## Cards\n\n- Check the card.\n")
    }
