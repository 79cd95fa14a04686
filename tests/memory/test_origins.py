"""Who worded a line first, whatever was re-wrapped or rolled back since."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import blame, diffs, lineages, versions
from reviews.memory import lines as texts
from tests.factories import ADA, LIN, a_store
from tests.memory.documents import edited
from tests.memory.test_blame import written

PARAGRAPH = """\
Ask for the order number before anything else, and never
guess a date. Refunds above one hundred euros need the
approval of a lead.
"""
REWRAPPED = """\
Ask for the order number before anything
else, and never guess a date. Refunds above
one hundred euros need the approval of a
lead.
"""


def origins(*history):
    return blame.expand(written(*history).origins)


def test_words_that_were_only_wrapped_elsewhere_are_still_whose_they_were():
    now = written(PARAGRAPH, REWRAPPED)

    assert blame.expand(now.runs) == [2, 2, 2, 2]
    assert blame.expand(now.origins) == [1, 1, 1, 1]


def test_a_line_of_words_from_two_versions_is_the_newer_one_s():
    second = PARAGRAPH.replace("one hundred", "two hundred")
    third = REWRAPPED.replace("one hundred", "two hundred")

    assert origins(PARAGRAPH, second, third) == [1, 2, 2, 1]


def test_what_was_reworded_while_it_was_wrapped_is_told_from_the_rest():
    assert origins(PARAGRAPH, REWRAPPED.replace("one hundred", "two hundred")) == [
        1,
        1,
        2,
        1,
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Indentation, space at the end, a blank line between two that stay.
        ("- Be brief.\n", "  - Be brief.  \n", [1]),
        ("One.\nTwo.\n", "One.\n\nTwo.\n", [1, 2, 1]),
        ("Be brief\nalways.\n", "Be brief\n\nalways.\n", [1, 2, 1]),
        # A word less at the edge of a line is another line.
        ("Be brief, always.\n", "Be brief,\n", [2]),
        ("Never promise a date\nunless asked.\n", "Never promise a date\n", [1]),
        # Where a bullet, a heading, code or a table breaks, its meaning breaks.
        ("- a b\n- c d\n", "- a b - c d\n", [2]),
        ("# Title\nwords\n", "# Title words\n", [2]),
        ("```\nif a:\n    b\n```\n", "```\nif a: b\n```\n", [1, 2, 1]),
        ("```\nif a:\n    b\n```\n", "```\nif a:\nb\n```\n", [1, 1, 2, 1]),
        ("| a |\n| b |\n", "| a | | b |\n", [2]),
    ],
)
def test_only_what_says_the_same_is_looked_past(old, new, expected):
    assert origins(old, new) == expected


def test_words_that_come_back_are_whose_they_were_and_plain_blame_says_who_did_it():
    old = "- Refund within 14 days.\n- Be brief.\n"
    older = written(old)
    now = written(old, "- Be brief.\n", old)

    back = blame.revive(now, older, diffs.compare(old, old), number=3)

    assert blame.expand(back.runs) == [3, 1]
    assert blame.expand(back.origins) == [1, 1]


@given(st.lists(edited(), min_size=1, max_size=3))
def test_origins_have_every_line_and_are_never_newer_than_blame(pairs):
    history = [text for pair in pairs for text in pair]

    now = written(*history)

    plain, first = blame.expand(now.runs), blame.expand(now.origins)
    assert len(first) == len(plain) == len(texts.split(history[-1]))
    assert all(1 <= o <= b <= len(history) for o, b in zip(first, plain, strict=True))
    assert blame.compress(first) == now.origins


@given(st.lists(st.sampled_from(["never", "a", "date", "-", "one"]), max_size=40))
def test_wrapping_a_paragraph_anew_changes_nobody_s_words(words):
    first = "Say " + " ".join(words) + "\n"
    second = "Say " + "\n".join(" ".join(words[i : i + 3]) for i in range(0, len(words), 3)) + "\n"  # fmt: skip
    if any(line.startswith("-") for line in second.split("\n")):
        return

    lines = origins(first, second)

    assert set(lines) <= {1}


# With a store


@pytest.mark.django_db
def test_a_rollback_gives_words_back_to_their_author():
    store = a_store()
    old = "- Refund within 14 days.\n- Be brief.\n"
    versions.commit(store, {"/a.md": old}, by=ADA, reason="")
    worse = versions.commit(
        store, {"/a.md": old.replace("14", "30")}, by=ADA, reason=""
    )
    versions.undo(store, worse, by=LIN, reason="Too long.")
    versions.commit(store, {"/a.md": "- Other.\n"}, by=ADA, reason="")
    versions.restore(store, 2, by=LIN, reason="No, rather that.")

    undone, restored = (versions.revision_at(store, n, "/a.md") for n in (3, 5))

    assert [n for _, n in versions.lines_with_blame(undone)] == [1, 1]
    assert [n for _, n in versions.lines_with_blame(undone, plain=True)] == [3, 1]
    assert [n for _, n in versions.lines_with_blame(restored)] == [2, 1]
    assert [n for _, n in versions.lines_with_blame(restored, plain=True)] == [5, 5]


@pytest.mark.django_db
def test_what_was_written_before_origins_were_kept_has_them_all_the_same():
    store = a_store()
    for text in (PARAGRAPH, PARAGRAPH + "\n- Be brief.\n", REWRAPPED):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")
    stored = versions.revision_at(store, 3, "/a.md")
    expected, stored.origins = stored.origins, []

    assert versions.with_origins(stored).origins == expected == [[4, 1]]


# A line's history


def deeds(revision, line):
    return [(s.revision.number, s.deed) for s in lineages.of(revision, line)]


@pytest.mark.django_db
def test_a_line_s_history_leads_back_to_who_worded_it():
    store = a_store()
    longer = "- Ask for the order number before you promise any customer a refund.\n"
    rest = "- Be brief.\n- Sign.\n- Say what is open.\n- Never guess.\n"
    for text in (
        longer + rest,
        longer.replace("any customer", "anybody") + rest,
        longer.replace("any customer", "anybody") + rest + "- Thank them.\n",
        rest + longer.replace("any customer", "anybody"),
    ):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")
    worst = versions.commit(store, {"/a.md": rest}, by=ADA, reason="")
    versions.undo(store, worst, by=LIN, reason="")

    head = versions.revision_at(store, 6, "/a.md")
    steps = lineages.of(head, 4)

    assert [(step.revision.number, step.deed) for step in steps] == [
        (6, "brought back"),
        (4, "moved"),
        (2, "reworded"),
        (1, "worded"),
    ]
    assert "any customer" in steps[2].before
    assert "anybody" in steps[2].text
    assert deeds(head, 0) == [(1, "worded")]


@pytest.mark.django_db
def test_a_line_that_was_wrapped_anew_leads_back_to_all_that_it_came_from():
    store = a_store()
    for text in (PARAGRAPH, REWRAPPED):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")

    steps = lineages.of(versions.revision_at(store, 2, "/a.md"), 1)

    assert [(s.deed, s.lines) for s in steps] == [("re-wrapped", (1,)), ("worded", (0, 1))]  # fmt: skip


@pytest.mark.django_db
def test_within_a_line_each_word_has_its_version():
    store = a_store()
    for text in ("Answer within 24 hours.\n", "Answer within 4 hours, always.\n"):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")
    versions.commit(
        store, {"/a.md": "Answer mails within 4 hours, always.\n"}, by=ADA, reason=""
    )

    spans = lineages.spans(lineages.of(versions.revision_at(store, 3, "/a.md"), 0))

    assert spans == [
        (1, "Answer "),
        (3, "mails "),
        (1, "within "),
        (2, "4 "),
        (1, "hours"),
        (2, ", always"),
        (1, "."),
    ]
