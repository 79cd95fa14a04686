"""Rolling back: a preview first, a reason always, and never anything but what was shown."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.memory import versions
from reviews.memory.models import Version
from reviews.proposals import decisions, previews
from reviews.proposals.models import Proposal
from reviews.traces import readings
from tests import factories
from tests.factories import ADA, BOB

pytestmark = pytest.mark.django_db

RULES = "# Rules\n\n- Answer within 24 h.\n- Be kind.\n"


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules=RULES)
    return store


def applied(store, before, after):
    proposal = factories.a_proposal(store, factories.an_edit(before, after))
    decisions.approve(proposal, by=ADA, hold=0)
    return Proposal.objects.get(pk=proposal.pk)


@pytest.fixture
def change(store):
    return applied(store, "Answer within 24 h.", "Answer within 4 h.")


def text_of(store):
    return versions.head_texts(store)["/rules.md"]


def page_of(client, query):
    answer = client.get(f"/rollback/support/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def undo(client, proposal, **fields):
    bound = previews.of_undo(proposal).bound
    form = {"undo": proposal.name, "bound": bound, "reason": "Nobody keeps to it."}
    return client.post("/rollback/support/", form | fields)


def test_a_preview_says_what_goes_who_read_it_and_what_it_writes(as_ada, store, change):
    agent = factories.an_agent(store.team, "desk-bot")
    readings.record(agent, store, 2, run="run-77")

    page = page_of(as_ada, f"undo={change}")

    assert "<del>4</del>" in page
    assert "<ins>24</ins>" in page
    assert "1 agent read what goes away, in 1 run" in page
    assert "run-77" in page
    assert f"Undo {change}: writes support v3" in page
    assert Version.objects.filter(store=store).count() == 2


def test_an_undo_writes_the_old_words_forwards(as_ada, store, change):
    answer = undo(as_ada, change)

    assert answer["Location"] == "/history/support/"
    assert text_of(store) == RULES
    change.refresh_from_db()
    assert change.state == "rolled-back"


def test_a_version_s_number_finds_the_proposal_that_it_came_from(as_ada, change):
    assert f"Undo {change}" in page_of(as_ada, "undo=2")


def test_an_undo_without_a_reason_is_refused_and_shows_its_preview(
    as_ada, store, change
):
    answer = undo(as_ada, change, reason=" ")

    assert answer.status_code == 422
    assert "Say why you roll back" in answer.content.decode()
    assert "4 h." in text_of(store)


def test_a_preview_that_has_moved_is_refused_and_made_anew(as_ada, store, change):
    bound = previews.of_undo(change).bound
    factories.a_version(store, rules=text_of(store) + "- Be brief.\n")

    answer = undo(as_ada, change, bound=bound, reason="Kim asked for it.")

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "has moved to v3 since you looked" in page
    assert "Kim asked for it.</textarea>" in page
    assert "writes support v4" in page
    assert "4 h." in text_of(store)


def test_a_conflict_has_to_be_settled_first(as_ada, store, change):
    applied(store, "Answer within 4 h.", "Answer within 1 h.")

    page = page_of(as_ada, f"undo={change}")
    refused = undo(as_ada, change)
    undo(as_ada, change, **{"side:/rules.md:0": "theirs"})

    assert "Keep what the head says" in page
    assert 'name="side:/rules.md:0"' in page
    assert refused.status_code == 409
    assert text_of(store) == RULES


def test_what_the_head_says_can_be_kept(as_ada, store, change):
    applied(store, "Answer within 4 h.", "Answer within 1 h.")

    undo(as_ada, change, **{"side:/rules.md:0": "ours", "side:/rules.md:x": "?"})

    assert "1 h." in text_of(store)


def test_nothing_is_undone_twice(as_ada, store, change):
    undo(as_ada, change)

    answer = as_ada.get(f"/rollback/support/?undo={change}")

    assert answer.status_code == 409
    assert "rolled" in answer.content.decode()
    assert store.versions.count() == 3


def test_an_old_version_comes_back_without_what_came_later(as_ada, store, change):
    later = applied(store, "Be kind.", "Be kind and brief.")
    page = page_of(as_ada, "to=1")
    bound = previews.of_restore(store, 1).bound
    store.refresh_from_db()

    form = {"to": "1", "bound": bound, "reason": "All of it was wrong."}
    answer = as_ada.post("/rollback/support/", form)

    assert "Restore v1: writes support v4" in page
    assert change.name in page
    assert later.name in page
    assert answer.status_code == 302
    assert text_of(store) == RULES


def test_what_is_kept_is_in_the_preview_and_in_the_result(as_ada, store, change):
    later = applied(store, "Be kind.", "Be kind and brief.")
    form = {"to": "1", "keep": [later.pk], "reason": "The hours were wrong."}

    again = as_ada.post("/rollback/support/", form | {"preview": "1"})
    assert again.status_code == 200
    assert "writes support v5" in again.content.decode()
    assert Version.objects.filter(store=store).count() == 3
    assert "The hours were wrong.</textarea>" in again.content.decode()

    store.refresh_from_db()
    bound = previews.of_restore(store, 1, keep=[later]).bound
    as_ada.post("/rollback/support/", form | {"bound": bound})
    assert text_of(store) == RULES.replace("Be kind.", "Be kind and brief.")


def test_a_restore_that_has_moved_is_refused(as_ada, store, change):
    bound = previews.of_restore(store, 1).bound
    applied(store, "Be kind.", "Be kind and brief.")

    form = {"to": "1", "bound": bound, "reason": "All of it was wrong."}
    answer = as_ada.post("/rollback/support/", form)

    assert answer.status_code == 409
    assert "brief" in text_of(store)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "undo=",
        "undo=P-x",
        "undo=P-99999999",
        "undo=99",
        "to=x",
        "to=-1",
        "to=9" * 12,
    ],
)
def test_what_is_not_there_cannot_be_rolled_back(as_ada, store, query):
    assert as_ada.get(f"/rollback/support/?{query}").status_code == 404


def test_a_version_of_the_future_is_refused_with_a_sentence(as_ada, store):
    answer = as_ada.get("/rollback/support/?to=7")

    assert answer.status_code in (404, 409, 422)
    assert "v7" in answer.content.decode()


def test_a_proposal_of_another_store_is_not_undone_here(as_ada, store, change):
    factories.a_store(store.team, "billing")

    assert as_ada.get(f"/rollback/billing/?undo={change}").status_code == 404


def test_whoever_may_only_look_cannot_roll_back(as_vera, store, change):
    assert as_vera.get(f"/rollback/support/?undo={change}").status_code == 403
    assert undo(as_vera, change).status_code == 403
    assert "4 h." in text_of(store)


def test_to_another_team_there_is_nothing_to_roll_back(as_eve, change):
    assert as_eve.get(f"/rollback/support/?undo={change}").status_code == 404


def test_the_preview_is_bounded_in_what_it_asks(as_ada, store, change):
    for n in range(5):
        applied(store, "Be kind." if not n else f"Be kind {n}.", f"Be kind {n + 1}.")
    with CaptureQueriesContext(connection) as captured:
        page_of(as_ada, "to=1")
    assert len(captured) <= 40, len(captured)


def test_bob_s_own_request_id_is_answered_once(as_bob, store, change):
    form = {"request": "7f3f5a52-9a3e-4a53-9d57-0a6d3c6f2b11"}

    undo(as_bob, change, **form)
    again = as_bob.post(
        "/rollback/support/", {"undo": change.name, "reason": "Again."} | form
    )

    assert again.status_code == 302
    assert Version.objects.filter(store=store).count() == 3
    assert change.decisions.filter(by=str(BOB)).count() == 1
