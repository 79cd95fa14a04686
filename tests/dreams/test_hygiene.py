"""Hygiene: what memory says twice, and what people call obsolete, may be deleted."""

import pytest

from reviews.dreams.engines import Head, Rule
from reviews.memory.rules import split
from tests.dreams.stories import call, dream, run, says

TWICE = "Run the formatter before you commit anything."
GONE = "We don't have `Session-Id` anymore, so this is obsolete."


def head(**texts):
    """A head whose rules have ids, as a store's have."""
    paths = {f"/{name.replace('__', '/')}.md": text for name, text in texts.items()}
    rules = [
        Rule(id=f"{path}#{number}", path=path, heading=rule.heading, text=rule.text)
        for path, text in paths.items()
        for number, rule in enumerate(split(text))
    ]
    return Head(number=3, texts=paths, rules=tuple(rules))


def tidied(memory, *told):
    runs = [run("a", *told or [says("Good morning.")], person="ada")]
    outcome = dream(runs, memory)
    return [one for one in outcome.drafts if one.family == "hygiene"], outcome.refused


def deleted(memory, *told):
    return [one.operations[0].before for one in tidied(memory, *told)[0]]


def test_the_same_rule_twice_is_proposed_for_deletion_once():
    [draft], _ = tidied(head(a=f"# A\n\n- {TWICE}\n", b=f"# B\n\n- {TWICE}\n"))

    assert (draft.kind, draft.operations[0].kind) == ("duplicate", "delete")
    assert draft.operations[0].path == "/b.md"
    assert "/a.md has it under “A”" in draft.because


def test_nearly_the_same_words_are_a_duplicate_of_what_says_more():
    short = "Use terse UNIX-style output with brief messages and plain words."
    full = "Use terse UNIX-style output with brief error messages and plain words."

    assert deleted(head(a=f"- {short}\n- {full}\n")) == [short]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Another name, another number, the opposite: another rule.
        ("Run `fmt` before you commit changes to main.", "Run `lint` before you commit changes to main."),
        ("Answer the customer's mails within 24 hours, always.", "Answer the customer's mails within 4 hours, always."),
        ("Push changes to the main branch after review.", "Never push changes to the main branch after review."),
        ("Be brief.", "Be brief."),
        ("**Implementation:**", "**Implementation:**"),
    ],
)  # fmt: skip
def test_what_differs_in_a_name_a_number_or_a_not_is_no_duplicate(one, other):
    assert deleted(head(a=f"- {one}\n", b=f"- {other}\n")) == []


def test_the_same_words_are_found_among_many_rules_about_the_same_thing():
    said = "Call the customer back after the shipment"
    others = "".join(f"- {said} of order {number}.\n" for number in range(60))

    assert deleted(head(a=f"- {said}.\n{others}", b=f"- {said}.\n")) == [f"{said}."]


def test_two_agents_may_each_have_the_rule():
    memory = head(agents__one__a=f"- {TWICE}\n", agents__two__a=f"- {TWICE}\n")

    assert deleted(memory) == []


def test_a_rule_about_what_a_person_calls_obsolete_is_proposed_with_their_words():
    rule = "Write `Session-Id: <id>` into each trailer."
    [draft], _ = tidied(head(a=f"- {rule}\n- Be kind to everybody.\n"), says(GONE))

    assert (draft.kind, draft.operations[0].before) == ("stale", rule)
    assert len(draft.quotes) == 1
    assert draft.counts["people"] == 1


def test_what_an_agent_or_a_tool_calls_obsolete_counts_for_nothing():
    memory = head(a="- Write `Session-Id: <id>` into each trailer.\n")

    assert deleted(memory, says(GONE, "agent"), call("read", {}, GONE)) == []


def test_a_question_and_a_nameless_remark_make_nothing_stale():
    memory = head(a="- Write `Session-Id: <id>` into each trailer.\n")

    assert deleted(memory, says("Don't we have `Session-Id` anymore?")) == []
    assert deleted(memory, says("That session is no longer needed.")) == []


def test_a_name_that_many_rules_hold_is_no_detail():
    many = "".join(f"- Rule {n}: write `Session-Id` somewhere.\n" for n in "abcd")

    assert deleted(head(a=many), says(GONE)) == []


def test_what_may_contradict_is_listed_for_people_and_not_proposed():
    memory = head(
        a="# Mails\n\n- Begin every mail with an apology to the customer.\n"
        "- Never begin a mail with an apology to the customer.\n"
    )
    drafts, refused = tidied(memory)

    assert drafts == []
    assert [one.code for one in refused] == ["possible-conflict"]


def test_the_same_words_have_the_same_fingerprint_wherever_they_stand():
    [one], _ = tidied(head(a=f"- {TWICE}\n", b=f"- {TWICE}\n"))
    [other], _ = tidied(head(c=f"# C\n\n- {TWICE}\n", d=f"- {TWICE}\n"))

    assert one.fingerprint == other.fingerprint


def test_a_dream_proposes_few_deletions():
    lines = [f"Always mind the rule about {word} when you write reports." for word in (
        "apples", "pears", "plums", "grapes", "melons", "cherries", "lemons")]  # fmt: skip
    text = "".join(f"- {line}\n" for line in lines)

    assert len(deleted(head(a=text, b=text))) == 5
