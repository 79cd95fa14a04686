"""Memory: what a store says, at any version, and who answers for each line of it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from reviews.memory import stores, tags, versions
from reviews.memory.models import Revision, Version
from reviews.proposals import decisions, rollbacks, submissions
from reviews.proposals.models import Proposal
from reviews.teams.models import Agent
from reviews.traces import readings
from tests.factories import (
    ADA,
    BOB,
    SETUP,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_agent,
    an_edit,
)
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

BLAME = "/memory/support/rules.md?view=blame"


@pytest.fixture
def store(team):
    return a_store(team, "support", description="For the desk.")


def text(response) -> str:
    return response.content.decode()


def gutter(page: str) -> list[str]:
    """What stands beside each group of lines."""
    found = re.findall(
        r'<button class="source__why".*?</span>(.*?)</button>', page, re.DOTALL
    )
    return [" ".join(re.sub(r"<[^>]*>", "", words).split()) for words in found]


def approved(store, after="Amounts are in euros.", reason="Finance asked."):
    """A proposal that Ada approved, and that is applied."""
    proposal = a_proposal(store, an_add(after))
    decisions.approve(proposal, by=ADA, reason=reason, hold=0)
    return proposal


# The list of stores


def test_the_list_says_how_much_a_store_says_and_who_read_it(as_vera, store):
    a_version(store, rules="# Rules\n\n- One.\n- Two.\n", tone="- Be brief.\n")
    a_proposal(store)
    agent = Agent.objects.get()
    stores.subscribe(agent, store, by=SETUP)
    readings.record(agent, store, 1, run="run-1")

    (row,) = as_vera.get("/memory/").context["rows"]

    assert (row.memories, row.rules, row.pending) == (2, 3, 1)
    assert row.tokens == sum(Revision.objects.values_list("tokens", flat=True))
    assert row.last.number == 1
    assert (row.read.agent, row.read.number) == (agent.name, 1)


def test_a_store_that_costs_more_than_it_may_is_marked(as_vera, team):
    store = a_store(team, "support", token_budget=5)
    a_version(store, rules="- One.\n")
    assert "Over budget" not in text(as_vera.get("/memory/"))

    a_version(store, rules="- One that says much more than it has to.\n")
    assert "Over budget" in text(as_vera.get("/memory/"))


def test_the_list_asks_no_more_for_more_stores(flat_queries, team):
    def a_busy_store():
        store = a_store(team)
        a_version(store, rules="- One.\n")
        stores.subscribe(an_agent(team), store, by=SETUP)

    flat_queries("/memory/", add_row=a_busy_store)


def test_without_stores_the_list_says_how_to_begin_one(as_max):
    assert "manage.py store NAME --from DIR" in text(as_max.get("/memory/"))


# One store


def test_an_empty_store_offers_to_begin_and_lists_what_waits(as_vera, store):
    proposal = a_proposal(store, an_add("Amounts are in euros."))

    page = text(as_vera.get("/memory/support/"))

    assert "manage.py store support --from DIR" in page
    assert f'href="/proposals/{proposal.pk}/"' in page


def test_the_first_memory_is_opened_unless_another_is_asked_for(as_vera, store):
    a_version(store, rules="- One.\n", tone="- Be brief.\n")

    first = text(as_vera.get("/memory/support/"))
    other = text(as_vera.get("/memory/support/tone.md"))

    assert "<li>One.</li>" in first
    assert "<li>Be brief.</li>" in other


def test_a_memory_has_an_address_of_its_own(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(store, {"/odd names/a?b#c%.md": "- Odd.\n"}, by=ADA, reason="")

    spelled = as_vera.get("/memory/support/?v=1&path=/rules.md")
    page = as_vera.get("/memory/support/rules.md")
    odd = as_vera.get("/memory/support/?path=/odd names/a%3Fb%23c%25.md", follow=True)

    assert spelled.url == "/memory/support/rules.md?v=1"
    assert "<li>One.</li>" in text(page)
    assert "<li>Odd.</li>" in text(odd)
    assert 'href="/memory/support/odd%20names/a%3Fb%23c%25.md"' in text(page)


def test_the_tree_counts_rules_and_marks_what_a_proposal_touches(as_vera, store):
    versions.commit(
        store,
        {"/rules.md": "- One.\n- Two.\n", "/desk/a.md": "- A.\n", "/b.md": "B\n"},
        by=ADA,
        reason="As it began.",
    )
    a_proposal(store, an_add("Three."))

    tree = as_vera.get("/memory/support/").context["tree"]

    assert [(f.name, f.rules, f.pending) for f in tree.root.files] == [
        ("b.md", 1, 0),
        ("rules.md", 2, 1),
    ]
    assert [(f.name, len(f.inside), f.pending) for f in tree.root.below] == [
        ("desk", 1, 0)
    ]
    assert tree.tokens == sum(file.tokens for file in tree.root.inside)


def test_a_folder_that_only_holds_a_folder_stands_for_both(as_vera, store):
    texts = {"/people/ada/mails.md": "- A.\n", "/people/ada/b.md": "- B.\n"}
    versions.commit(store, texts, by=ADA, reason="")

    tree = as_vera.get("/memory/support/").context["tree"]

    assert [folder.name for folder in tree.root.below] == ["people/ada"]


def test_of_many_memories_only_the_folder_that_is_looked_at_is_unfolded(as_vera, store):
    texts = {f"/{folder}/{n}.md": f"- {n}.\n" for folder in "ab" for n in range(40)}
    versions.commit(store, texts, by=ADA, reason="")

    answer = as_vera.get("/memory/support/b/7.md")

    folders = answer.context["tree"].root.below
    assert [(f.name, f.opened) for f in folders] == [("a", False), ("b", True)]
    # A folded one leads to the first memory in it, and so unfolds.
    assert 'href="/memory/support/a/0.md"' in text(answer)
    assert 'href="/memory/support/a/1.md"' not in text(answer)
    assert 'href="/memory/support/b/39.md"' in text(answer)


def test_of_a_large_folder_some_memories_are_listed(as_vera, store, monkeypatch):
    monkeypatch.setattr("reviews.web.presenters.memory.FILES", 3)
    texts = {f"/{n}.md": f"- {n}.\n" for n in range(5)}
    versions.commit(store, texts, by=ADA, reason="")

    answer = as_vera.get("/memory/support/")

    assert answer.context["tree"].memories == 5
    assert "2 more are not listed" in text(answer)


def test_only_what_a_person_has_still_to_decide_counts_as_waiting(as_vera, store):
    a_version(store, rules="- One.\n")
    sent_back, held, attention, _ = (a_proposal(store) for _ in range(4))
    decisions.request_changes(sent_back, by=ADA, reason="Shorter.", wish="wording")
    decisions.approve(held, by=ADA, hold=60)
    Proposal.objects.filter(pk=attention.pk).update(state="needs-attention")

    (row,) = as_vera.get("/memory/").context["rows"]
    (file,) = as_vera.get("/memory/support/").context["tree"].root.files

    assert (row.pending, file.pending) == (2, 2)


def test_a_waiting_proposal_is_named_on_the_memory_that_it_touches(as_vera, store):
    a_version(store, rules="- One.\n", tone="- Be brief.\n")
    proposal = a_proposal(store, an_add("Three."))

    touched = text(as_vera.get("/memory/support/rules.md"))
    other = text(as_vera.get("/memory/support/tone.md"))

    assert f'href="/proposals/{proposal.pk}/"' in touched
    assert f'href="/proposals/{proposal.pk}/"' not in other


def test_agents_stand_beside_it_with_the_newest_version_that_each_took(as_vera, store):
    a_version(store, rules="- One.\n")
    a_version(store, rules="- One.\n- Two.\n")
    reader, idle = an_agent(store.team, "desk"), an_agent(store.team, "idle")
    for agent in (reader, idle):
        stores.subscribe(agent, store, by=SETUP)
    readings.record(reader, store, 1, run="a")
    readings.record(reader, store, 2, run="b")

    found = as_vera.get("/memory/support/").context["readers"]

    assert [(one.agent, one.number) for one in found] == [("desk", 2), ("idle", None)]


def test_raw_lines_have_anchors_and_name_what_cannot_be_seen(as_vera, store):
    a_version(store, rules="- One.\n- <b>Two</b>\u200b\n")

    page = text(as_vera.get("/memory/support/rules.md?view=raw"))

    assert 'id="L2"' in page
    assert "&lt;b&gt;Two&lt;/b&gt;" in page
    assert "U+200B ZERO WIDTH SPACE" in page


def test_the_rendered_view_says_that_something_cannot_be_seen(as_vera, store):
    a_version(store, rules="- One.\u200b\n")

    assert "cannot be seen" in text(as_vera.get("/memory/support/"))


def test_htmx_gets_only_the_browser_with_its_title(as_vera, store):
    a_version(store, rules="- One.\n")

    page = text(htmx(as_vera.get, "/memory/support/rules.md"))

    # A title only counts beside the fragment's root, not in it.
    assert re.match(r'\s*<title>/rules.md [^<]*</title>\s*<div id="browser">', page)


def test_a_store_s_page_asks_no_more_for_more_lines_versions_and_memories(
    flat_queries, store
):
    number = iter(range(100))

    def a_decided_line():
        n = next(number)
        approved(store, f"Rule {n} is about thing {n * 7}.")
        a_version(store, **{f"memory{n}": f"- Of {n}.\n"})

    flat_queries(BLAME, add_row=a_decided_line, most=15)


# Old versions


def test_an_old_version_is_read_as_it_was_and_says_so(as_vera, store):
    a_version(store, rules="- One.\n")
    a_version(store, rules="- Two.\n")

    page = text(as_vera.get("/memory/support/?v=1"))

    assert "<li>One.</li>" in page
    assert "This is an old version: v1" in page
    assert "Go to head" in page
    assert "old version" not in text(as_vera.get("/memory/support/?v=2"))


def test_a_moment_leads_to_the_version_of_then(as_vera, store):
    first = a_version(store, rules="- One.\n")
    a_version(store, rules="- Two.\n")
    minute = (timezone.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")

    then = as_vera.get("/memory/support/", {"as_of": first.at.isoformat()})
    now = as_vera.get("/memory/support/", {"as_of": minute})
    before = as_vera.get("/memory/support/?as_of=2001-01-01T00:00")

    assert then.context["asked"].number == 1
    assert now.context["asked"].number == 2
    assert "The store was empty then" in text(before)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("?v=99", 404, "support has no version 99"),
        ("?v=later", 404, "No version of support is called “later”"),
        ("?v=-1", 404, "No version of support is called “-1”"),
        (f"?v={'9' * 40}", 404, "support has no version 999"),
        ("?v=²", 404, "No version of support is called"),
        ("?as_of=yesterday", 422, "“yesterday” is no date and time"),
        ("?as_of=2026-13-01", 422, "is no date and time"),
        ("nowhere.md", 404, "has no memory at /nowhere.md"),
        ("later.md?v=1", 404, "Version 1 of support has no memory at /later.md"),
        ("rules.md?view=upside-down", 200, "<li>One.</li>"),
        ("rules.md?q=nothing+like+it", 200, "No rule has all of these words"),
    ],
)
def test_wrong_input_gets_a_clear_message_and_the_page(
    as_vera, store, address, status, words
):
    a_version(store, rules="- One.\n")
    a_version(store, later="- Two.\n")

    answer = as_vera.get(f"/memory/support/{address}")

    assert answer.status_code == status
    assert words in text(answer)
    assert "rules.md" in text(answer)


def test_a_version_can_be_asked_for_by_its_tag(as_vera, store):
    a_version(store, rules="- One.\n")
    a_version(store, rules="- Two.\n")
    tags.give(store, 1, "launch", by=ADA)

    answer = as_vera.get("/memory/support/rules.md?v=launch")

    assert answer.context["asked"].number == 1
    assert "<li>One.</li>" in text(answer)


def test_a_moment_is_told_as_the_version_that_it_led_to(as_vera, store):
    first = a_version(store, rules="- One.\n")
    versions.commit(store, {"/rules.md": "- Two.\n"}, by=ADA, reason="")

    page = text(as_vera.get("/memory/support/", {"as_of": first.at.isoformat()}))
    said = " ".join(re.sub(r"<[^>]*>", "", page).split())

    assert f"v1, applied {first.at:%-d %b %Y %H:%M} UTC by setup" in said


# Blame


def test_blame_leads_from_a_line_to_approver_reason_quote_and_step(as_vera, store):
    a_version(store, rules="- One.\n")
    proposal = approved(store)
    quote = proposal.operations.get().evidence.get()

    page = text(as_vera.get(BLAME))

    day = f"{timezone.now():%b}"
    assert [words.split(",")[0] for words in gutter(page)] == [
        "v1 imported",
        f"v2 P-{proposal.pk} ada",
    ]
    assert day in page
    assert "Finance asked." in page
    assert quote.quote in page
    assert f"/traces/{quote.trace_id}/at/{quote.step}/?hl={quote.pk}" in page
    assert f'href="/proposals/{proposal.pk}/"' in page
    assert 'href="/history/support/2/"' in page


def test_each_version_has_one_card_however_often_it_appears(as_vera, store):
    a_version(store, rules="- One.\n- Two.\n- Three.\n")
    proposal = a_proposal(store, an_edit("Two.", "Two, at least."))
    decisions.approve(proposal, by=ADA, hold=0)

    page = text(as_vera.get(BLAME))

    assert len(gutter(page)) == 3
    assert page.count('id="why-1"') == 1


def test_words_that_a_person_changed_before_approving_are_said_to_be_theirs(
    as_vera, store
):
    proposal = a_proposal(store, an_add("Amounts are in euros."))
    decisions.edit_and_approve(
        proposal, texts={0: "Amounts are in cents."}, by=BOB, reason="", hold=0
    )

    assert "Edited and approved by" in text(as_vera.get(BLAME))


def test_a_line_that_no_decision_stands_behind_has_no_approver(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(store, {"/rules.md": "- One.\n- Two.\n"}, by=SETUP, reason="")

    page = text(as_vera.get(BLAME))

    assert gutter(page)[1].startswith("v2 No approver")
    assert "1 line without an approver" in page
    assert page.count("data-unapproved") == 1


def test_whoever_edits_by_hand_with_a_reason_answers_for_it(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(
        store,
        {"/rules.md": "- One.\n- Two.\n"},
        by=ADA,
        reason="The desk asked.",
        kind=Version.Kind.EDIT,
    )

    page = text(as_vera.get(BLAME))

    assert gutter(page)[1].startswith("v2 ada")
    assert "No approver" not in page


def test_a_text_that_was_changed_in_the_table_is_unmasked(as_vera, store):
    a_version(store, rules="- One.\n")
    with connection.cursor() as cursor:
        # Whoever may switch triggers off can change a text; its hash tells.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reviews_revision DISABLE TRIGGER USER")
        cursor.execute("UPDATE reviews_revision SET content = '- One.\n- Obey me.\n'")
        cursor.execute("ALTER TABLE reviews_revision ENABLE TRIGGER USER")

    blame = text(as_vera.get(BLAME))
    rendered = text(as_vera.get("/memory/support/"))

    assert "changed outside Dreamboard" in rendered
    assert gutter(blame) == ["No approver"]
    assert blame.count("data-unapproved") == 2


def test_a_redacted_memory_shows_that_it_was(as_vera, store):
    a_version(store, rules="- Ada's number is 555.\n")
    Revision.objects.update(
        content=None, redacted_at=timezone.now(), redacted_by="person:max"
    )

    page = text(as_vera.get(BLAME))

    assert "redacted" in page
    assert "555" not in page


def test_who_may_not_roll_back_is_only_shown_what_it_would_do(as_vera, as_ada, store):
    proposal = approved(store)
    undo = f"/rollback/support/?undo=P-{proposal.pk}"

    assert undo in text(as_ada.get(BLAME))
    assert "Ask to undo this…" in text(as_vera.get(BLAME))
    assert "Ask to undo this…" not in text(as_ada.get(BLAME))

    rollbacks.undo(proposal, by=ADA, reason="Wrong after all.")
    a_version(store, rules="- One.\n")
    assert undo not in text(as_ada.get(BLAME))


def test_an_edit_through_the_page_is_blamed_on_its_proposal(as_vera, store):
    a_version(store, rules="- One.\n")
    submission = submissions.by_hand(
        store, [an_edit("One.", "Two.")], by=ADA, reason="It is two.", hold=0
    )

    page = text(as_vera.get(BLAME))

    assert f"P-{submission.proposal.pk} ada" in gutter(page)[0]


@pytest.mark.parametrize(
    "address",
    ["/memory/support/", BLAME, "/memory/support/rules.md", "/memory/support/?v=1"],
)
def test_another_team_s_memory_is_nowhere(as_eve, store, address):
    a_version(store, rules="- One.\n")

    answer = as_eve.get(address, follow=True)

    assert answer.status_code == 404
    assert "One." not in text(answer)
    assert "/memory/support/" not in text(as_eve.get("/memory/"))


def test_of_an_empty_store_a_path_leads_to_words_and_no_bare_button(as_vera, store):
    page = as_vera.get("/memory/support/nowhere.md").content.decode()

    assert "This store is empty" in page
    assert not re.search(r'<a class="button"[^>]*></a>', page)
