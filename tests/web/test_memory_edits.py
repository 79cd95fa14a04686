"""Memory changed by hand: looked at first, with a reason, and no word is ever lost."""

import html
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reviews.audit.models import LedgerEntry
from reviews.memory import versions
from reviews.memory.models import Revision
from reviews.proposals.models import Proposal
from tests.factories import ADA, BOB, a_proposal, a_store, an_edit
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

RULES = "# Rules\n\n- Refund within 14 days.\n- Be brief.\n"
EDIT = "/memory/support/edit/?path=/rules.md"
NEW = "/memory/support/new/?path="


@pytest.fixture
def store(team):
    store = a_store(team, "support", hold_seconds=0)
    versions.commit(store, {"/rules.md": RULES}, by=ADA, reason="As it began.")
    return store


def text(response) -> str:
    return response.content.decode()


def hidden(page: str, name: str) -> str:
    """What a form sends along without anybody typing it."""
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def sheet(client, address=EDIT, **typed):
    """A form as a browser would send it, after having been opened."""
    page = text(client.get(address))
    kept = {name: hidden(page, name) for name in ("base", "request", "looked_at")}
    return (
        kept | {"text": RULES, "reason": "It is policy.", "path": "/rules.md"} | typed
    )


def looked_at(client, data, address=EDIT):
    """The same form once its effect has been shown."""
    page = text(client.post(address, data))
    return data | {"looked_at": hidden(page, "looked_at")}


def save(client, address=EDIT, act="write", **typed):
    data = looked_at(client, sheet(client, address, **typed), address)
    return client.post(address, data | {"act": act})


def test_a_text_comes_back_from_the_page_as_it_was(as_ada, store):
    for number, odd in enumerate(["\n\n- A.\n", "  - B & <c>.\n", "- D."], start=2):
        versions.commit(store, {"/rules.md": odd}, by=ADA, reason="")
        page = text(as_ada.get(EDIT))
        typed = re.search(r"<textarea[^>]*name=\"text\"[^>]*>(.*?)</textarea>", page, re.DOTALL)  # fmt: skip

        # The first newline in a field is not of its text: browsers leave it out.
        sent = html.unescape(typed[1]).removeprefix("\n")
        answer = as_ada.post(EDIT, sheet(as_ada, text=sent))

        assert sent == odd
        assert "Nothing is different yet" in text(answer)
        store.refresh_from_db()
        assert store.head == number


def test_the_change_is_shown_before_it_can_be_saved(as_ada, store):
    page = text(as_ada.get(EDIT))
    assert "Refund within 14 days." in page
    assert 'value="write"' not in page

    data = sheet(as_ada, text=RULES.replace("14", "30"))
    answer = as_ada.post(EDIT, data | {"act": "write"})

    assert answer.status_code == 200
    assert "What it changes" in text(answer)
    assert 'value="write"' in text(answer)
    store.refresh_from_db()
    assert store.head == 1


def test_what_is_written_is_a_version_by_hand_with_its_reason(as_ada, as_vera, store):
    answer = save(as_ada, text=RULES.replace("14", "30"))

    assert (answer.status_code, answer.url) == (303, "/memory/support/rules.md")
    version = store.versions.get(number=2)
    assert (version.kind, version.by, version.reason) == ("edit", "person:ada", "It is policy.")  # fmt: skip
    assert versions.head_texts(store)["/rules.md"] == RULES.replace("14", "30")
    blame = text(as_vera.get("/memory/support/rules.md?view=blame"))
    assert "Written by hand by" in blame
    assert "It is policy." in blame
    assert LedgerEntry.objects.filter(action="memory.committed").count() == 2


def test_a_change_of_one_rule_is_an_operation_on_that_rule(as_ada, store):
    save(as_ada, text=RULES.replace("14", "30"))

    operation = Proposal.objects.get().operations.get()
    assert (operation.kind, operation.before) == ("edit", "Refund within 14 days.")


def test_what_is_proposed_waits_for_somebody_else(as_ada, store):
    answer = save(as_ada, act="propose", text=RULES + "- Sign.\n")

    proposal = Proposal.objects.get()
    assert answer.url == f"/proposals/{proposal.pk}/"
    assert (proposal.state, proposal.by, proposal.because) == ("open", "person:ada", "It is policy.")  # fmt: skip
    store.refresh_from_db()
    assert store.head == 1


@pytest.mark.parametrize("act", ["write", "propose"])
def test_nothing_is_saved_without_a_reason(as_ada, store, act):
    data = looked_at(as_ada, sheet(as_ada, text=RULES + "- Sign.\n", reason=" "))

    answer = as_ada.post(EDIT, data | {"act": act})

    assert answer.status_code == 422
    assert 'id="reason-error"' in text(answer)
    assert "- Sign." in text(answer)
    assert not Proposal.objects.exists()


def test_a_form_sent_twice_is_answered_once(as_ada, store):
    data = looked_at(as_ada, sheet(as_ada, text=RULES.replace("14", "30")))

    as_ada.post(EDIT, data | {"act": "write"})
    as_ada.post(EDIT, data | {"act": "write"})

    store.refresh_from_db()
    assert store.head == 2


def test_a_change_elsewhere_in_the_memory_is_merged_and_shown_first(as_ada, store):
    data = looked_at(as_ada, sheet(as_ada, text=RULES.replace("14", "30")))
    theirs = RULES + "- Sign.\n"
    versions.commit(store, {"/rules.md": theirs}, by=BOB, reason="")

    answer = as_ada.post(EDIT, data | {"act": "write"})

    assert answer.status_code == 409
    page = text(answer)
    assert "Both changes fit together" in page
    assert "30 days.\n- Be brief.\n- Sign.\n" in page
    store.refresh_from_db()
    assert store.head == 2

    again = {name: hidden(page, name) for name in ("base", "looked_at")}
    merged = theirs.replace("14", "30")
    as_ada.post(EDIT, data | again | {"text": merged, "act": "write"})
    assert versions.head_texts(store)["/rules.md"] == merged


def test_a_change_of_the_same_words_keeps_what_was_typed_and_its_reason(as_ada, store):
    data = looked_at(as_ada, sheet(as_ada, text=RULES.replace("14", "30")))
    versions.commit(store, {"/rules.md": RULES.replace("14", "60")}, by=BOB, reason="")

    answer = htmx(as_ada.post, EDIT, data | {"act": "write"})

    assert answer.status_code == 409
    page = text(answer)
    assert "Both changed the same place" in page
    assert "- Refund within 30 days." in page
    assert "It is policy." in page


def test_what_was_typed_over_a_memory_that_is_gone_can_begin_it_anew(as_ada, store):
    data = looked_at(as_ada, sheet(as_ada, text=RULES + "- Sign.\n"))
    versions.commit(store, {"/rules.md": None, "/b.md": "- B.\n"}, by=BOB, reason="")

    answer = as_ada.post(EDIT, data | {"act": "write"})

    assert answer.status_code == 409
    assert "/rules.md is gone" in text(answer)
    assert "- Sign." in text(answer)
    assert 'action="/memory/support/new/' in text(answer)


def test_a_new_memory_stands_as_it_was_typed(as_ada, store):
    typed = "# Tone\n\nBe kind.\n"

    answer = save(as_ada, NEW, path="/desk/tone.md", text=typed)

    assert answer.url == "/memory/support/desk/tone.md"
    assert versions.head_texts(store)["/desk/tone.md"] == typed


def test_an_empty_store_can_be_begun_by_hand(as_ada, team):
    empty = a_store(team, "fresh", hold_seconds=0)
    assert "/memory/fresh/new/" in text(as_ada.get("/memory/fresh/"))

    save(as_ada, "/memory/fresh/new/?path=", path="/a.md", text="- One.\n")

    empty.refresh_from_db()
    assert empty.head == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("tone.md", "must start with a slash"),
        ("/a//b.md", "empty segment"),
        ("/../a.md", "only dots"),
        ("/rules.md", "already a memory"),
        ("/rules.md/a.md", "a folder and a memory at once"),
    ],
)
@pytest.mark.parametrize("address", [NEW, "/memory/support/rename/?path=/b.md"])
def test_a_path_that_breaks_a_rule_is_refused_at_its_field(
    as_ada, store, address, path, words
):
    versions.commit(store, {"/b.md": "- B.\n"}, by=ADA, reason="")

    answer = as_ada.post(address, sheet(as_ada, address, path=path) | {"act": "write"})

    assert answer.status_code == 422
    (said,) = re.findall(r'id="path-error">(?:<svg.*?</svg>)?([^<]*)<', text(answer))
    assert words in said


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("\n \n", "has to say something"),
        (RULES, "Nothing is different yet"),
        ("- " + "x" * 110_000, "a memory may have 102,400"),
    ],
)
def test_a_text_that_cannot_be_saved_is_refused_at_its_field(
    as_ada, store, typed, words
):
    answer = as_ada.post(EDIT, sheet(as_ada, text=typed))

    assert answer.status_code == 422
    (said,) = re.findall(r'id="text-error">(?:<svg.*?</svg>)?([^<]*)<', text(answer))
    assert words in said


def test_a_memory_is_renamed_and_keeps_its_words(as_ada, store):
    address = "/memory/support/rename/?path=/rules.md"

    answer = as_ada.post(
        address, sheet(as_ada, address, path="/desk.md") | {"act": "write"}
    )

    assert answer.url == "/memory/support/desk.md"
    assert versions.head_texts(store) == {"/desk.md": RULES}
    assert Proposal.objects.get().title == "Rename /rules.md to /desk.md"


def test_a_memory_is_not_renamed_to_what_it_is_called(as_ada, store):
    address = "/memory/support/rename/?path=/rules.md"

    answer = as_ada.post(address, sheet(as_ada, address) | {"act": "write"})

    assert answer.status_code == 422
    assert "This is its path already" in text(answer)


def test_a_memory_is_deleted_after_its_words_were_shown(as_ada, store):
    address = "/memory/support/delete/?path=/rules.md"
    versions.commit(store, {"/b.md": "- B.\n"}, by=ADA, reason="")
    assert "Refund within 14 days." in text(as_ada.get(address))

    as_ada.post(address, sheet(as_ada, address) | {"act": "write"})

    # To delete is grave: with two people who may decide, it waits for the second.
    (proposal,) = Proposal.objects.all()
    assert (proposal.risk, proposal.state) == ("high", "open")
    assert proposal.approvals.get().by == "person:ada"


def test_a_deletion_is_refused_when_the_memory_has_moved(as_ada, store):
    address = "/memory/support/delete/?path=/rules.md"
    data = sheet(as_ada, address)
    versions.commit(store, {"/rules.md": RULES + "- Sign.\n"}, by=BOB, reason="")

    answer = as_ada.post(address, data | {"act": "write"})

    assert answer.status_code == 409
    assert not Proposal.objects.exists()


def test_line_ends_of_another_system_stay_as_they_are(as_ada, store):
    windows = RULES.replace("\n", "\r\n")
    versions.commit(store, {"/rules.md": windows}, by=ADA, reason="")

    save(as_ada, text=windows.replace("14", "30"))

    assert versions.head_texts(store)["/rules.md"] == windows.replace("14", "30")


def test_a_viewer_is_offered_nothing_and_may_do_nothing(as_vera, store):
    page = text(as_vera.get("/memory/support/rules.md"))

    assert "/memory/support/edit/" not in page
    assert "/memory/support/new/" not in page
    for address in (EDIT, NEW):
        assert as_vera.get(address).status_code == 403
        assert as_vera.post(address, {"act": "write"}).status_code == 403


def test_an_old_version_is_not_for_editing(as_ada, store):
    versions.commit(store, {"/rules.md": RULES + "- Sign.\n"}, by=ADA, reason="")

    assert "/memory/support/edit/" not in text(as_ada.get("/memory/support/rules.md?v=1"))  # fmt: skip


def test_a_memory_that_is_not_there_cannot_be_edited(as_ada, store):
    assert as_ada.get("/memory/support/edit/?path=/nowhere.md").status_code == 404


def test_what_is_about_to_be_applied_is_said_on_the_memory(as_ada, team):
    slow = a_store(team, "slow", hold_seconds=60)
    versions.commit(slow, {"/rules.md": RULES}, by=ADA, reason="")
    address = "/memory/slow/edit/?path=/rules.md"

    answer = save(as_ada, address, text=RULES.replace("14", "30"))
    page = text(as_ada.get(answer.url))

    assert "is approved and about to be applied here" in page
    assert "withdraw" in page


def test_hostile_words_stay_words(as_ada, store):
    typed = RULES + "- </textarea><script>alert(1)</script>\n"

    page = text(as_ada.post(EDIT, sheet(as_ada, text=typed)))

    assert "<script>alert" not in page
    assert uuid.UUID(hidden(page, "request"))
    assert not Revision.objects.filter(number=2).exists()


def test_another_proposal_is_untouched_by_an_edit_beside_it(as_ada, store):
    waiting = a_proposal(store, an_edit("Be brief.", "Be brief and kind."))

    save(as_ada, text=RULES.replace("14", "30"))

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attention) == ("open", "")


# Files that people have already written


def uploaded(name, content):
    return SimpleUploadedFile(name, content.encode())


def test_an_empty_store_is_begun_with_files_and_blame_says_imported(as_ada, team):
    empty = a_store(team, "fresh")
    files = [uploaded("CLAUDE.md", RULES), uploaded("../../tone.md", "- Be kind.\n")]

    answer = as_ada.post("/memory/fresh/import/", {"files": files}, follow=True)

    assert versions.head_texts(empty) == {"/CLAUDE.md": RULES, "/tone.md": "- Be kind.\n"}  # fmt: skip
    version = empty.versions.get()
    assert (version.kind, version.by) == ("import", "person:ada")
    assert "v1 has 3 rules" in text(answer)


def test_what_cannot_be_imported_is_named_and_leaves_the_store_empty(as_ada, team):
    empty = a_store(team, "fresh")

    answer = as_ada.post(
        "/memory/fresh/import/", {"files": [uploaded("big.md", "x" * 110_000)]}
    )
    nothing = as_ada.post("/memory/fresh/import/")

    assert answer.status_code == nothing.status_code == 422
    assert "a memory may have 102,400" in text(answer)
    empty.refresh_from_db()
    assert empty.head == 0


def test_files_only_begin_an_empty_store(as_ada, as_vera, store):
    files = {"files": [uploaded("a.md", "- A.\n")]}

    assert as_ada.post("/memory/support/import/", files).status_code == 422
    assert as_vera.post("/memory/support/import/", files).status_code == 403
