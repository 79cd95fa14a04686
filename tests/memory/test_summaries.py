import textwrap

import pytest

from reviews.memory import diffs, summaries

PROSE = (
    "Refunds are made within fourteen days by whoever took the order, unless the customer "
    "asked for a voucher, in which case the voucher is sent on the same day and the lead "
    "is told about it before the end of the week, so that the books agree."
)
BLOCK = "- Refunds above one hundred need a lead.\n- Cash refunds need two leads.\n"
REWORDED = (
    "- Refunds above one hundred need a lead who has seen the order and its customer.\n"
)
OTHERS = "".join(f"- rule number {n}\n" for n in range(6))


def wrapped(width, days="fourteen"):
    return textwrap.fill(PROSE.replace("fourteen", days), width) + "\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("- Answer within 24 h.\n", "- Answer within 4 h.\n", "Changes 1 word: “within 24 h” → “within 4 h”."),
        ("- You must ask a lead first.\n", "- You may ask a lead first.\n", "Weakens a guard: “must” → “may”. Changes 1 word: “You must ask” → “You may ask”."),
        ("- Always ask a lead first.\n", "- Never ask a lead first.\n", "Reverses: “Always” → “Never”. Changes 1 word: “Always ask” → “Never ask”."),
        ("- Do tell the customer.\n", "- Do not tell the customer.\n", "Adds “not”. Changes 1 word: “Do tell” → “Do not tell”."),
        ("- Always ask a lead first.\n", "- Always ask first.\n", "Changes 2 words: “ask a lead first” → “ask first”."),
        ("- Refund in cash, never by mail.\n", "- Refund in cash, by mail.\n", "Drops “never”. Changes 1 word: “cash, never by” → “cash, by”."),
        ("- Answer in time.\n", "- Answer kindly, in full and in time.\n", "Changes 4 words: adds “kindly, in full and”."),
        ("- Run it all.\n", "-   Run it all now.\n", "Changes 1 word: “all” → “all now”."),
        ("- Ask.\n", "- Ask.\n- Never promise a date.\n", "Adds 1 line: “Never promise a date”."),
        ("- Ask.\n", "- Ask.\n\n```\nmake test\n```\n", "Adds 3 lines: “make test” and 2 more."),
        ("2. Then pay it for 5 days.\n", "3. Then pay it for 9 days.\n", "Changes 2 words: “for 5 days” → “for 9 days”; “2. Then” → “3. Then”."),
        ("- Ask.\n- One.\n- Two.\n", "- Ask.\n", "Deletes 2 lines: “One” and 1 more."),
        ("- Ask them first.\n", "- Ask them first!\n", "Changes only layout or punctuation in 1 line."),
        ("- Ask.\n", "- Ask.\n\n\n", "Adds 2 blank lines."),
        ("- Ask.\n", "- Ask.", "Takes away the newline at the end."),
        ("- Ask.\n", "- Ask.\n", "Changes nothing."),
        ("- Send a mail to the team lead.\n", "- Send vans at a later date.\n", "Rewrites it: “Send a mail to the team lead” → “Send vans at a later date”."),
        ("- Be kind.\n- Sent by the team.\n", "- Be kind.\n- Spent at the tram.\n", "Rewrites 1 line: “Sent by the team” → “Spent at the tram”."),
        (wrapped(40), wrapped(70), "Re-wraps 7 lines, no wording change."),
        (wrapped(80), wrapped(100, "thirty"), "Changes 1 word: “within fourteen days” → “within thirty days”."),
        (wrapped(40) + "\n- Ask.\n", wrapped(70) + "\n- Ask.\n- Sign.\n", "Adds 1 line: “Sign”. Re-wraps 7 lines more."),
        (BLOCK + OTHERS, OTHERS + BLOCK, "Moves 2 lines from line 1 to line 7."),
        (REWORDED + OTHERS, OTHERS + REWORDED.replace("one hundred", "two hundred"), "Changes 1 word: “above one hundred” → “above two hundred”. Moves and rewords 1 line, from line 1."),
        ("- Pay by mail.\n", "- Pay by m\u0430il.\n", "Changes 1 word: “by mail” → “by m\u0430il”. Brings in U+0430 CYRILLIC SMALL LETTER A, looks like a."),
        ("a\nb\n" * 3000, "b\na\nc\n" * 3000, "A large change: 2 lines deleted, 3,002 added."),
    ],
)  # fmt: skip
def test_a_diff_in_plain_words(old, new, said):
    assert summaries.summary(diffs.compare(old, new), old, new) == said


def test_a_number_that_changed_is_quoted_before_other_words():
    old = "- Thank the customer warmly, greet them and say that it takes 24 h for us.\n"
    new = "- Thank each customer kindly, greet them and say that it takes 4 h for us.\n"

    said = summaries.summary(diffs.compare(old, new), old, new)

    assert said.startswith("Changes 3 words: “takes 24 h” → “takes 4 h”; ")


def test_only_the_first_examples_are_quoted():
    old = "".join(f"- Rule {n} says to answer in {n} hours.\n" for n in range(5))
    new = old.replace("hours", "days")

    said = summaries.summary(diffs.compare(old, new), old, new)

    assert said.startswith("Changes 5 words: “0 hours” → “0 days”; ")
    assert said.endswith(" and 3 more.")
