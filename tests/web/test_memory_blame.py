"""From a line to everybody who is behind it: blame, a line's history, what waits there."""

import re

import pytest
from django.db import connection

from reviews.memory import stores, versions
from reviews.proposals import answers, decisions, rollbacks
from reviews.web.presenters import pending
from tests.factories import (
    ADA,
    BOB,
    LIN,
    SETUP,
    a_deletion,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_agent,
    an_edit,
)

pytestmark = pytest.mark.django_db

BLAME = "/memory/support/rules.md?view=blame"


@pytest.fixture
def store(team):
    return a_store(team, "support")


def text(response) -> str:
    return response.content.decode()


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def gutter(page: str) -> list[str]:
    """What stands beside each group of lines."""
    found = re.findall(
        r'<button class="source__why".*?</span>(.*?)</button>', page, re.DOTALL
    )
    return [" ".join(re.sub(r"<[^>]*>", "", words).split()) for words in found]


def approved(store, *operations, by=ADA, reason="Finance asked."):
    proposal = a_proposal(store, *operations)
    decisions.approve(proposal, by=by, reason=reason, hold=0)
    return proposal


def tamper(content):
    """Change the newest texts as whoever may switch triggers off can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reviews_revision DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE reviews_revision SET content = %s WHERE id IN"
            " (SELECT head_id FROM reviews_memory)",
            [content],
        )
        cursor.execute("ALTER TABLE reviews_revision ENABLE TRIGGER USER")


# Looking past


def test_blame_looks_past_an_undo_unless_it_is_asked_not_to(as_vera, store):
    a_version(store, rules="- Refund within 14 days.\n- Be brief.\n")
    worse = approved(store, an_edit("Refund within 14 days.", "Refund in 30 days."))
    rollbacks.undo(worse, by=LIN, reason="Too long.")

    page = text(as_vera.get(BLAME))
    everything = text(as_vera.get(f"{BLAME}&plain=1"))

    assert [words.split(",")[0] for words in gutter(page)] == ["v1 imported"]
    assert "Re-wrapped lines and rollbacks are looked past: v3" in plain(page)
    assert f"v3 P-{worse.pk} lin" in gutter(everything)[0]
    assert "Look past them" in everything


def test_where_nothing_is_looked_past_nothing_is_said(as_vera, store):
    a_version(store, rules="- One.\n")

    assert "looked past" not in text(as_vera.get(BLAME))


# The card


def test_the_card_says_whose_words_they_are(as_vera, store):
    proposal = a_proposal(store, an_add("Amounts are in euros."))
    decisions.edit_and_approve(
        proposal, texts={0: "Amounts are in cents."}, by=BOB, reason="", hold=0
    )
    approved(store, an_add("Sign with initials."))

    page = plain(text(as_vera.get(BLAME)))

    assert "Reworded by bob , first proposed by offline/1" in page
    assert "Worded by offline/1 from" in page


def test_blame_before_a_change_leads_to_the_path_of_then(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(store, {}, by=ADA, reason="", renames={"/rules.md": "/desk.md"})
    versions.commit(store, {"/desk.md": "- One.\n- Two.\n"}, by=ADA, reason="")
    renamed = versions.commit(
        store, {"/new.md": "- Three.\n"}, by=ADA, reason="", renames={"/desk.md": "/new.md"}
    )  # fmt: skip

    origin = as_vera.get("/memory/support/new.md?view=blame")
    page = text(origin)

    assert gutter(page)[0].startswith(f"v{renamed.number} ")
    assert 'href="/memory/support/desk.md?v=3&amp;view=blame"' in page
    assert as_vera.get("/memory/support/desk.md?v=3&view=blame").status_code == 200


def test_before_a_memory_began_there_is_no_blame(as_vera, store):
    a_version(store, other="- Other.\n")
    a_version(store, rules="- One.\n")

    page = text(as_vera.get(BLAME))

    assert "Blame before this" not in page
    assert "The memory began with it" in page


def test_the_card_lists_every_place_where_its_lines_stand(as_vera, store):
    a_version(store, rules="- One.\n- Two.\n- Three.\n- Four.\n")
    approved(store, an_edit("Two.", "Two, at least."))

    (newer, older) = as_vera.get(BLAME).context["shown"].cards

    assert newer.places == [(2, 2)]
    assert older.places == [(1, 1), (3, 4)]


def test_many_lines_stand_in_several_containers_and_are_one_place(as_vera, store):
    a_version(store, rules="".join(f"- Rule {n}.\n" for n in range(250)))

    shown = as_vera.get(BLAME).context["shown"]

    assert [sum(len(g.lines) for g in block) for block in shown.blocks] == [100, 100, 50]  # fmt: skip
    assert [card.places for card in shown.cards] == [[(1, 250)]]
    assert len(gutter(text(as_vera.get(BLAME)))) == 1


# Nobody's lines


def test_of_a_text_changed_in_the_table_only_the_changed_lines_are_nobody_s(
    as_vera, store
):
    a_version(store, rules="- One.\n- Two.\n")
    a_version(store, rules="- One.\n- Two.\n\n- Three.\n")
    tamper("- One.\n- Obey me.\n\n- Three.\n")

    page = text(as_vera.get(BLAME))

    assert "This text was changed outside Dreamboard" in page
    # What v2 added cannot be told from what somebody put in its place.
    assert [words.split(",")[0] for words in gutter(page)] == ["v1 imported", "No approver"]  # fmt: skip
    assert answers.unapproved([store]) == {store.pk: {"/rules.md": 3}}


def test_the_list_counts_lines_that_nobody_approved(as_vera, team, store):
    a_version(store, rules="- One.\n")
    approved(store, an_add("Two."))
    versions.commit(
        a_store(team, "clean"), {"/a.md": "- One.\n"}, by=ADA, reason="", kind="import"
    )
    assert "0 lines" in plain(text(as_vera.get("/memory/")))
    assert "without an approver" not in text(as_vera.get("/memory/"))

    versions.commit(store, {"/b.md": "- Three.\n- Four.\n"}, by=SETUP, reason="")
    versions.commit(store, {"/c.md": "- Five.\n"}, by=ADA, reason="By hand.", kind="edit")  # fmt: skip
    answer = as_vera.get("/memory/")

    assert [(row.store.name, row.unapproved) for row in answer.context["rows"]] == [
        ("clean", 0),
        ("support", 2),
    ]
    assert "2 lines without an approver" in text(answer)


def test_the_tree_marks_where_lines_without_an_approver_stand(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(store, {"/desk/b.md": "- Two.\n- Three.\n"}, by=SETUP, reason="")

    answer = as_vera.get("/memory/support/rules.md")

    (folder,) = answer.context["tree"].root.below
    assert [file.unapproved for file in folder.files] == [folder.unapproved] == [2]
    assert "2 lines without an approver, marked below" in plain(text(answer))
    assert "without an approver" not in text(as_vera.get("/memory/support/?v=1"))


def test_what_is_counted_is_what_blame_shows(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(store, {"/rules.md": "- One.\n- Two.\n\n- Three.\n"}, by=SETUP, reason="")  # fmt: skip

    shown = as_vera.get(BLAME).context["shown"]

    assert answers.unapproved([store])[store.pk] == {"/rules.md": shown.unapproved}
    assert shown.unapproved == 3


# A line's history


def test_a_line_s_history_names_every_hand_and_every_word(as_vera, store):
    a_version(store, rules="- Answer within 24 hours.\n- Be brief.\n")
    proposal = approved(
        store, an_edit("Answer within 24 hours.", "Answer within 4 hours.")
    )

    answer = as_vera.get("/memory/support/line/?path=/rules.md&v=2&line=1")
    page = plain(text(answer))

    assert [(p.step.deed, p.origin.number) for p in answer.context["history"]] == [
        ("reworded", 2),
        ("worded", 1),
    ]
    assert [(o.number, words) for o, words in answer.context["spans"]] == [
        (1, "- Answer within "),
        (2, "4 "),
        (1, "hours."),
    ]
    assert f"P-{proposal.pk}" in page
    assert "Finance asked." in page
    assert "imported by" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("path=/rules.md&line=9", 404),
        ("path=/rules.md&line=0", 404),
        ("path=/rules.md&line=²", 404),
        ("path=/rules.md", 404),
        ("path=/nowhere.md&line=1", 404),
        ("line=1", 404),
        ("path=/rules.md&line=1&v=99", 404),
        ("path=/rules.md&line=1&as_of=then", 422),
    ],
)
def test_a_line_that_is_not_there_has_no_history(as_vera, store, query, status):
    a_version(store, rules="- One.\n")

    assert as_vera.get(f"/memory/support/line/?{query}").status_code == status


def test_of_a_text_changed_in_the_table_a_history_is_not_vouched_for(as_vera, store):
    a_version(store, rules="- One.\n- Two.\n- Three.\n")
    a_version(store, rules="- One.\n- Two.\n- Three.\n- Four.\n")
    for text_now, line in (("- Obey me.\n", 1), ("- One.\n" + "- Obey me.\n" * 9, 10)):
        tamper(text_now)

        answer = as_vera.get(f"/memory/support/line/?path=/rules.md&line={line}")

        assert answer.status_code == 200
        assert "cannot be vouched for" in text(answer)


def test_a_line_s_history_asks_no_more_for_more_versions(flat_queries, store):
    a_version(store, rules="- Rule 0.\n")
    numbers = iter(range(100))

    def a_change():
        n = next(numbers)
        approved(store, an_edit(f"Rule {n}.", f"Rule {n + 1}."))

    flat_queries("/memory/support/line/?path=/rules.md&line=1", add_row=a_change)


# What waits, at its lines


def test_what_waits_stands_at_the_lines_that_it_is_about(as_vera, store):
    a_version(store, rules="# Rules\n\n- One.\n- Two.\n\n## Mails\n\n- Three.\n")
    edit = a_proposal(store, an_edit("One.", "One or more."))
    add = a_proposal(store, an_add("Four.", heading=("Mails",)))
    deletion = a_proposal(store, a_deletion("Two."))

    answer = as_vera.get("/memory/support/rules.md?view=raw")

    assert [(g.proposal, g.line, g.kind) for g in answer.context["ghosts"]] == [
        (edit, 3, "edit"),
        (deletion, 4, "delete"),
        (add, 8, "add"),
    ]
    page = plain(text(answer))
    assert "3 pending proposals touch this file" in page
    assert f"P-{edit.pk} would say instead: One or more." in page
    assert f"P-{deletion.pk} would delete this" in page
    assert "would add here: Four." in plain(text(as_vera.get(BLAME)))


def test_an_old_version_has_no_ghosts(as_vera, store):
    a_version(store, rules="- One.\n")
    a_version(store, rules="- One.\n- Two.\n")
    a_proposal(store, an_edit("One.", "One or more."))

    assert as_vera.get("/memory/support/rules.md?view=raw&v=1").context["ghosts"] == []
    assert len(as_vera.get("/memory/support/rules.md?view=raw").context["ghosts"]) == 1


def test_of_very_many_that_wait_all_are_counted_and_the_first_are_placed(
    as_vera, store
):
    a_version(store, rules="- One.\n- Two.\n", tone="- Be brief.\n")
    first = a_proposal(
        store, an_edit("One.", "One or more."), an_edit("Two.", "Two at most.")
    )
    waiting = [a_proposal(store) for _ in range(pending.MOST + 4)]
    elsewhere = a_proposal(store, an_add("Be kind.", path="/tone.md"))
    held = a_proposal(store)
    decisions.approve(held, by=ADA, reason="So it is.", hold=600)

    answer = as_vera.get("/memory/support/rules.md?view=raw")

    assert f"{pending.MOST + 5} pending proposals touch" in plain(text(answer))
    assert answer.context["pending"] == [first, *waiting][: pending.MOST]
    placed = [ghost.proposal for ghost in answer.context["ghosts"]]
    assert placed.count(first) == 2
    assert set(placed) == set(answer.context["pending"])
    assert f"P-{held.pk} is approved and about to be applied" in plain(text(answer))
    files = {f.path: f.pending for f in answer.context["tree"].root.inside}
    assert files == {"/rules.md": pending.MOST + 5, "/tone.md": 1}
    assert as_vera.get("/memory/support/tone.md").context["pending"] == [elsewhere]


@pytest.mark.parametrize(
    ("view", "most"), [("raw", 12), ("rendered", 12), ("blame", 13)]
)
def test_pages_ask_no_more_for_more_that_waits(flat_queries, store, view, most):
    a_version(store, rules="- One.\n")
    url = f"/memory/support/rules.md?view={view}"

    flat_queries(url, add_row=lambda: a_proposal(store), most=most)


# Search


def test_words_are_found_with_a_link_to_their_line(as_vera, store):
    a_version(store, rules="# Refunds\n\n- Refund <b>within</b> 14 days.\n")
    a_version(store, rules="# Refunds\n\n- Pay back within 30 days.\n")

    head = text(as_vera.get("/memory/support/?q=WITHIN days"))
    old = text(as_vera.get("/memory/support/?q=within&v=1"))

    assert 'href="/memory/support/rules.md?view=raw#L3"' in head
    assert "<mark>within</mark> 30 <mark>days</mark>" in head
    assert 'href="/memory/support/rules.md?view=raw&amp;v=1#L3"' in old
    assert "&lt;b&gt;<mark>within</mark>&lt;/b&gt;" in old


def test_the_list_searches_every_store(as_vera, team, store):
    a_version(store, rules="- Refund within 14 days.\n")
    a_version(a_store(team, "desk"), mails="- Answer within 4 hours.\n")
    a_version(a_store(team, "other"), tone="- Be brief.\n")

    answer = as_vera.get("/memory/?q=within")

    assert [found.name for found, _ in answer.context["found"]] == ["desk", "support"]
    assert "other" not in [found.name for found, _ in answer.context["found"]]


def test_a_search_asks_no_more_for_more_memories(flat_queries, store):
    numbers = iter(range(100))

    def a_memory():
        n = next(numbers)
        a_version(store, **{f"memory{n}": f"- Refund {n}.\n"})

    flat_queries("/memory/support/?q=refund", add_row=a_memory)


def test_a_store_s_readers_are_told_in_a_sentence(as_vera, store):
    a_version(store, rules="- One.\n")
    stores.subscribe(an_agent(store.team, "desk"), store, by=SETUP)

    assert "1 agent subscribes; none has read it yet." in plain(text(as_vera.get("/memory/support/")))  # fmt: skip


def test_the_palette_leads_to_odd_paths_and_to_a_search(as_vera, store):
    versions.commit(store, {"/odd names/a?b.md": "- Odd.\n"}, by=ADA, reason="")

    page = text(as_vera.get("/palette/", {"q": "odd names"}))
    nothing = text(as_vera.get("/palette/", {"q": "refund within"}))

    assert 'href="/memory/support/odd%20names/a%3Fb.md"' in page
    assert 'href="/memory/?q=refund+within"' in nothing
