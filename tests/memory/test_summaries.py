import pytest

from reviews.memory import diffs, summaries


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("- Answer within 24 h.\n", "- Answer within 4 h.\n", "Changes 1 word: “within 24 h” → “within 4 h”."),
        ("- Always ask a lead first.\n", "- Always ask first.\n", "Changes 2 words: “ask a lead first” → “ask first”."),
        ("- Refund in cash, never by mail.\n", "- Refund in cash, by mail.\n", "Changes 1 word: “cash, never by” → “cash, by”."),
        ("- Answer in time.\n", "- Answer kindly, in full and in time.\n", "Changes 4 words: adds “kindly, in full and”."),
        ("- Run it all.\n", "-   Run it all now.\n", "Changes 1 word: “all” → “all now”."),
        ("- Ask.\n", "- Ask.\n- Never promise a date.\n", "Adds 1 line: “Never promise a date”."),
        ("- Ask.\n- One.\n- Two.\n", "- Ask.\n", "Deletes 2 lines: “One” and 1 more."),
        ("- Ask them first.\n", "- Ask them first!\n", "Changes only layout or punctuation in 1 line."),
        ("- Ask.\n", "- Ask.\n\n\n", "Adds 2 blank lines."),
        ("- Ask.\n", "- Ask.", "Takes away the newline at the end."),
        ("- Ask.\n", "- Ask.\n", "Changes nothing."),
        ("a\nb\n" * 3000, "b\na\nc\n" * 3000, "A large change: 2 lines deleted, 3,002 added."),
    ],
)  # fmt: skip
def test_a_diff_in_plain_words(old, new, said):
    assert summaries.summary(diffs.compare(old, new), old, new) == said


def test_only_the_first_examples_are_quoted():
    old = "".join(f"- Rule {n} says to answer in {n} hours.\n" for n in range(5))
    new = old.replace("hours", "days")

    said = summaries.summary(diffs.compare(old, new), old, new)

    assert said.startswith("Changes 5 words: “0 hours” → “0 days”; ")
    assert said.endswith(" and 3 more.")
