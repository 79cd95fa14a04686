"""A diff as a page shows it: signs beside colours, nothing invisible left invisible."""

import re
from html import unescape

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from reviews.memory import diffs, oddities
from reviews.web.presenters import rendered
from reviews.web.presenters.diffs import CHUNK, pieces, present
from reviews.web.presenters.pieces import ODD
from reviews.web.unfolding import asked

OLD = "# Refunds\n\n- Answer within 24 h.\n- Ask a lead.\n"
NEW = "# Refunds\n\n- Answer within 4 h.\n- Ask a lead.\n- Apologise once.\n"
SECTION = "# Top\n" + "".join(f"line {n} is here\n" for n in range(60))
MOVED = "- Never delete a customer's row without asking the lead of the day first.\n"


def lines(change, **options):
    hunks, _ = change.cut("unified", options.pop("opened", {}), **options)
    return [line for hunk in hunks for line in hunk.lines]


def words(line):
    return "".join(piece.text for piece in line.pieces)


def folds(change, **options):
    hunks, _ = change.cut("unified", options.pop("opened", {}), **options)
    return [hunk.fold for hunk in hunks if hunk.fold]


def page(change, query="", **context):
    request = RequestFactory().get(f"/somewhere/?{query}")
    return render_to_string(
        "components/diff.html", {"change": change, "request": request, **context}
    )


# Lines


def test_a_changed_line_is_one_line_with_its_words_struck_and_underlined():
    (changed, added) = (line for line in lines(present(OLD, NEW)) if line.sign)

    assert (changed.kind, changed.sign, changed.old, changed.new) == (
        "changed",
        "±",
        3,
        3,
    )
    assert words(changed) == "- Answer within 244 h."
    assert [(p.text, p.mark) for p in changed.pieces if p.marked] == [
        ("24", "del"),
        ("4", "ins"),
    ]
    assert (added.sign, added.old, added.new) == ("+", None, 5)
    assert words(added) == "- Apologise once."


def test_a_line_of_which_most_is_new_stands_as_it_was_above_what_it_becomes():
    old = "- Refunds over 100 euros need two people.\n"
    new = "- Refunds over 100 dollars wait for finance.\n"

    shown = [(line.kind, words(line)) for line in lines(present(old, new))]

    assert shown == [("deleted", old[:-1]), ("added", new[:-1])]


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
@example("a a", "a\na")
def test_both_texts_can_be_read_from_what_is_shown(old, new):
    rows = lines(present(old, new), whole=True)
    # Lines that were only wrapped again stand in one row, to be opened.
    shown = [line for row in rows for line in (row.inside or [row])]
    if not present(old, new).diff.hunks:
        return

    was = [
        "".join(p.text for p in line.pieces if p.mark != "ins")
        for line in shown
        if line.old is not None
    ]
    becomes = [
        "".join(p.text for p in line.pieces if p.mark != "del")
        for line in shown
        if line.new is not None
    ]

    assert was == old.split("\n")[: len(was)]
    assert becomes == new.split("\n")[: len(becomes)]
    assert "\n".join(was) == old.removesuffix("\n")
    assert "\n".join(becomes) == new.removesuffix("\n")


def test_a_stored_diff_shows_the_same_as_a_new_one():
    stored = diffs.dump(diffs.compare(OLD, NEW))

    assert present(OLD, NEW, stored=stored) == present(OLD, NEW)


def test_a_moved_block_says_where_its_other_end_is_and_leads_there():
    filler = "".join(f"- Rule {n} is about {n * 7}.\n" for n in range(9))
    text = page(present(MOVED + filler, filler + MOVED))

    gone = re.search(r'id="(d\w+-o1)".*?href="#(d\w+-n10)"[^>]*>moved to line 10', text)
    come = re.search(
        r'id="(d\w+-n10)".*?href="#(d\w+-o1)"[^>]*>moved from line 1<', text
    )
    assert gone[1] == come[2]
    assert gone[2] == come[1]
    assert text.count("hunk__line--moved") == 2


def test_signs_and_words_carry_what_colours_show():
    text = page(present(OLD, NEW + "- Be brief.\n"))

    assert "<ins>4</ins>" in text
    assert "<del>24</del>" in text
    assert "changed: " in text
    assert "added: " in text
    assert "Changes 1 word: “within 24 h” → “within 4 h”." in text


def test_the_caller_s_sentence_stands_instead_of_the_computed_one():
    text = page(present(OLD, NEW), says="Shortens the answer.")

    assert "Shortens the answer." in text
    assert "Changes 1 word" not in text


def test_a_newline_at_the_end_is_told_in_words():
    change = present("a", "a\n")

    assert change
    assert change.newline_note == "The last line gains its newline."


def test_equal_texts_have_no_difference():
    assert not present(OLD, OLD)
    assert "No difference in the lines." in page(present(OLD, OLD))


# What matters more than its size

WRAPPED = "Agents read this before every single run, so keep it short and keep it\ntrue; whoever finds a mistake says so at once.\n"
AGAIN = "Agents read this before every single\nrun, so keep it short and keep it true; whoever\nfinds a mistake says so at once.\n"


def test_a_paragraph_wrapped_again_and_reworded_is_no_rewrite_but_one_run_of_words():
    old, new = WRAPPED * 5, AGAIN.replace("at once", "today") * 5

    text = page(present(old, new))

    assert present(old, new).view == "unified"
    assert "<del>at once</del><ins>today</ins>" in text


@pytest.mark.parametrize("view", ["unified", "split"])
def test_a_weaker_guard_is_told_beside_its_words(view):
    old = "- You must always ask a lead before you delete anything.\n"
    text = page(present(old, old.replace("must", "may")), f"view={view}")

    assert 'data-weakens="yes">weakens a guard: must → may</span>' in text
    assert text.count("hunk__shift") == 1


@pytest.mark.parametrize("view", ["unified", "split"])
def test_a_paragraph_that_is_only_wrapped_again_is_one_line_that_opens(view):
    text = page(present(WRAPPED, AGAIN), f"view={view}")

    assert "re-wrapped, no wording change (3 lines)" in text
    assert text.count("data-change") == 1
    inside = text[text.index("<details") : text.index("</details>")]
    assert inside.count("hunk__line--deleted") == 2
    assert inside.count("hunk__line--added") == 3


def test_a_paragraph_that_is_wrapped_and_reworded_is_one_flow_of_words():
    (line,) = lines(present(WRAPPED, AGAIN.replace("a mistake", "an error")))

    assert line.kind == "changed"
    assert [(p.text, p.mark) for p in line.pieces if p.marked] == [
        ("a mistake", "del"),
        ("an error", "ins"),
    ]
    assert "".join(p.text for p in line.pieces if p.mark != "del") == AGAIN.replace(
        "a mistake", "an error"
    ).removesuffix("\n")


def test_a_moved_line_that_was_reworded_has_its_words_marked():
    filler = "".join(f"- Rule {n} is about {n * 7}.\n" for n in range(9))
    text = page(present(MOVED + filler, filler + MOVED.replace("lead of", "head of")))

    assert text.count("hunk__line--moved") == 2
    assert "<del>lead</del>" in text
    assert "<ins>head</ins>" in text


# Odd characters


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a\u200bb", ["U+200B ZERO WIDTH SPACE"]),
        ("pay\u202e001", ["U+202E RIGHT-TO-LEFT OVERRIDE"]),
        ("a\u00a0b", ["U+00A0 NO-BREAK SPACE"]),
        ("a\U000e0041", ["U+E0041 TAG LATIN CAPITAL LETTER A"]),
        ("a\x1b[31m", ["U+001B control"]),
        ("end  ", ["trailing space"]),
    ],
)
def test_what_cannot_be_seen_is_named(text, names):
    assert [piece.name for piece in pieces(text) if piece.odd] == names


def test_whatever_hides_in_a_diff_is_named_in_a_trace_too():
    hidden = [
        letter
        for letter in map(
            chr, (*range(0xD800), *range(0xE000, 0x1F000), *range(0xE0000, 0xE1000))
        )
        if any(one.kind in oddities.HIDDEN for one in oddities.find(f"a{letter}b"))
    ]

    assert len(hidden) > 4_000
    assert {letter for letter in hidden if not ODD.match(letter)} == set()


@given(st.text())
def test_no_character_of_a_line_is_lost(text):
    assert "".join(piece.text for piece in pieces(text)) == text


def test_a_space_that_trails_on_one_side_only_is_named_there():
    (line,) = lines(
        present(
            "- Ask a lead of the team first.\n", "- Ask a lead of the team first. \n"
        )
    )

    assert [(p.name, p.mark) for p in line.pieces if p.odd] == [
        ("trailing space", "ins")
    ]


def test_tabs_and_letters_that_look_like_others_are_named_in_a_diff():
    (line,) = lines(present("", "- p\u0430y\tnow\n"))

    names = [piece.name for piece in line.pieces if piece.odd]
    assert names == ["U+0430 CYRILLIC SMALL LETTER A, looks like a", "tab"]


def test_hostile_text_is_shown_and_not_obeyed():
    for view in ("unified", "split", "rendered"):
        text = page(present("- a\n", "- <script>alert(1)</script>\n"), f"view={view}")

        assert "<script>" not in text
        assert "&lt;script&gt;" in text


# Folds


def changed_at(*numbers):
    new = SECTION
    for number in numbers:
        new = new.replace(f"line {number} is here\n", f"line {number} was here\n")
    return present(SECTION, new)


def test_what_did_not_change_is_folded_but_for_three_lines_around():
    change = changed_at(30)

    assert [fold.hidden for fold in folds(change)] == [28, 26]
    assert [line.new for line in lines(change)] == list(range(29, 36))


def test_a_few_unchanged_lines_are_not_worth_a_fold():
    assert [fold.hidden for fold in folds(changed_at(7, 19, 51))] == [25]
    assert [fold.hidden for fold in folds(changed_at(7, 20, 51))] == [6, 24]


def test_a_fold_opens_by_twenty_to_its_heading_or_wholly():
    change = changed_at(30)
    first, last = folds(change)

    def numbers(opened):
        return [line.new for line in lines(change, opened=opened)]

    assert (first.more, first.heading, last.heading) == (20, "Top", "")
    assert numbers({first.start: 20}) == list(range(9, 36))
    assert numbers({last.start: 20}) == list(range(29, 56))
    assert numbers({first.start: "heading"}) == list(range(1, 36))
    assert numbers({first.start: "all", last.start: "all"}) == list(range(1, 62))
    assert [line.new for line in lines(change, whole=True)] == list(range(1, 62))


def test_the_headings_above_are_said_while_they_are_folded_away():
    change = changed_at(30)

    assert [hunk.heading for hunk in change.hunks] == [("Top",), ()]
    opened, _ = change.cut("unified", {0: "all"})
    assert opened[0].heading == ()


def test_the_links_of_a_fold_keep_what_the_address_says_and_open_more():
    change = changed_at(30)
    text = page(change, f"undo=P-1&view=split&expand={change.key}.0.20")

    url = re.search(r'href="([^"#]+)#[^"]*"[^>]*>20 more', text)[1]
    query = RequestFactory().get(unescape(url)).GET
    assert query["undo"] == "P-1"
    assert query["view"] == "split"
    assert query.getlist("expand") == [f"{change.key}.0.40"]
    assert f"expand={change.key}.0.20&amp;expand={change.key}.32.20#" in text
    assert f'hx-select="#{change.key}"' in text


@pytest.mark.parametrize(
    "expand",
    ["", "x", "d12345678.0.20", "{key}.0.twenty", "{key}.-1.20", "{key}.0." + "9" * 9],
)
def test_what_opens_no_fold_is_ignored(expand):
    change = changed_at(30)
    asking = RequestFactory().get("/", {"expand": expand.format(key=change.key)})

    assert asked(asking).opened(change) == {}


def test_outside_a_page_a_fold_has_no_links():
    text = render_to_string("components/diff.html", {"change": changed_at(30)})

    assert "28 unchanged lines" in text
    assert "expand=" not in text


def test_a_long_diff_stands_in_containers_of_a_hundred_rows():
    change = present("", "".join(f"- {n}\n" for n in range(250)))

    assert [len(hunk.lines) for hunk in change.hunks] == [100, 100, 50]
    runs = present(SECTION * 5, SECTION.replace("is", "was") * 5).cut("split", {})[0]
    assert all(sum(run.size for run in hunk.runs) <= CHUNK for hunk in runs)


# Views


def test_a_long_rewrite_stands_side_by_side_and_anything_else_flows():
    other = "".join(f"- entirely other words {n * n}\n" for n in range(60))

    assert present(SECTION, other).view == "split"
    assert changed_at(30).view == "unified"
    assert present("", other).view == "unified"
    assert 'data-view="unified"' in page(present(SECTION, other), "view=unified")
    assert 'data-view="unified"' in page(present("", other), "view=split")


def test_side_by_side_every_row_has_its_other_side():
    change = present(OLD, NEW)
    runs = [run for hunk in change.cut("split", {})[0] for run in hunk.runs]

    assert [(run.equal, run.size) for run in runs] == [
        (True, 2),
        (False, 1),
        (True, 1),
        (False, 1),
    ]
    assert words(runs[1].old[0]) == "- Answer within 24 h."
    assert words(runs[1].new[0]) == "- Answer within 4 h."
    assert runs[3].old == (None,)
    text = page(change, "view=split")
    assert "<del>24</del>" in text
    assert text.count("data-change") == 2


def test_rendered_it_shows_whole_blocks_before_and_after():
    old = "Intro.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    change = present(old, old.replace("| 2 |", "| 3 |"))

    (block,) = rendered.blocks(change)

    assert block.line == 3
    assert "<td>2</td>" in block.old
    assert "<td>3</td>" in block.new
    assert "Intro" not in block.old
    assert "<table>" in page(change, "view=rendered")


@pytest.mark.parametrize(
    ("old", "new"), [("a b\n", "a  b\n"), ("ab\n", "a\u200bb\n"), ("- a\n", "* a\n")]
)
def test_two_sources_that_render_alike_are_said_to(old, new):
    assert "Both sources render alike" in page(present(old, new), "view=rendered")
    assert "render alike" not in page(present(old, "z\n"), "view=rendered")


def test_a_view_that_there_is_not_is_the_one_that_suits():
    assert 'data-view="unified"' in page(present(OLD, NEW), "view=sideways")


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", {"m": "split", "v": "rendered"}),
        ("view=split", {"m": "unified", "v": "rendered"}),
        ("view=rendered", {"v": "unified", "m": "split"}),
    ],
)
def test_m_and_v_lead_to_the_other_views_and_are_printed(query, keys):
    request = RequestFactory().get(f"/somewhere/?{query}&undo=P-1")
    tools = engines["django"].from_string("{% load diffs %}{% diff_tools %}")

    text = tools.render({"request": request})

    found = dict(re.findall(r'id="view-(\w+)"[^>]*data-key="(\w)"', text))
    assert {press: name for name, press in found.items()} == keys
    assert all(f'<kbd aria-hidden="true">{press}</kbd>' in text for press in keys)
    assert text.count("undo=P-1") >= 3
