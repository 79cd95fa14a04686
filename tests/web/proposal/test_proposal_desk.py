"""The desk of a proposal: what one has seen, what moved, what goes together, what is next."""

import re

import pytest

from reviews.memory import versions
from reviews.proposals import bindings, decisions, visits
from reviews.proposals.models import Approval, Decision, Visit
from tests import factories
from tests.factories import ADA, BOB, LIN
from tests.web.conftest import htmx
from tests.web.proposal.conftest import address, form_of, grow, page_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def parts(store):
    """Three operations, the last two of which move a rule."""
    return factories.a_proposal(
        store,
        factories.an_edit("Be kind.", "Be very kind."),
        factories.a_deletion("Use the fax."),
        factories.an_add("Use the fax!", "/old.md"),
    )


# Parts of it


def test_what_is_left_out_is_asked_about_once_before_anything_is_decided(as_ada, parts):
    form = form_of(parts, choose="1", included=["0"])

    asked = htmx(as_ada.post, address(parts, "approve"), form, **{"HX-Target": "main"})

    assert asked["HX-Retarget"] == "#dialog"
    assert "The other 2 operations" in asked.content.decode()
    assert Decision.objects.count() == 0
    assert "The other 2 operations" in (
        as_ada.post(address(parts, "approve"), form).content.decode()
    )


@pytest.mark.parametrize(("rest", "state"), [("split", "open"), ("reject", "rejected")])
def test_what_is_left_out_lives_on_or_is_rejected_with_it(store, rest, state):
    adds = [factories.an_add(f"- Rule {n}.", "/more.md") for n in range(2)]
    proposal = factories.a_proposal(store, *adds)

    decisions.approve(
        proposal, by=ADA, reason="Only this.", included=[0], rest=rest, hold=0
    )

    left = proposal.split_offs.get()
    assert left.state == state
    if rest == "reject":
        assert left.decisions.get().reason == "Only this."
        assert left.mutes.exists()


def test_the_form_says_what_becomes_of_the_rest(as_ada, store):
    store.hold_seconds = 0
    store.save()
    adds = [factories.an_add(f"- Rule {n}.", "/more.md") for n in range(2)]
    proposal = factories.a_proposal(store, *adds)

    form = form_of(proposal, choose="1", included=["0"], rest="reject")
    as_ada.post(address(proposal, "approve"), form)

    assert proposal.split_offs.get().state == "rejected"


def test_operations_that_move_a_rule_are_ticked_together(as_ada, parts):
    grow(parts, risk="low", flags=[])
    sent = {"choose": "1", "included": ["0", "2"]}

    told = htmx(
        as_ada.get, address(parts, "effect"), sent, **{"HX-Trigger": "in-1"}
    ).content.decode()

    assert "Approve 1 of 3 operations" in told
    assert re.search(r'id="in-2"[^>]*hx-swap-oob', told)
    assert not re.search(r'id="in-2"[^>]* checked', told)


def test_half_a_move_is_refused_whoever_asks(parts):
    grow(parts, risk="low", flags=[])

    with pytest.raises(decisions.Invalid, match="Operations 2 and 3 belong together"):
        decisions.approve(parts, by=ADA, included=[0, 1])


# What one has seen


def test_an_operation_is_viewed_until_its_words_change(as_ada, proposal):
    mark = address(proposal, "viewed/0")

    assert 'aria-pressed="true"' in htmx(as_ada.post, mark).content.decode()
    assert 'aria-pressed="true"' in page_of(as_ada, proposal)
    decisions.reword(proposal, texts={0: "Answer within 6 h."}, by=LIN)
    assert 'aria-pressed="true"' not in page_of(as_ada, proposal)


def test_the_progress_is_told_and_a_mark_is_ones_own(as_ada, as_bob, parts):
    told = htmx(as_ada.post, address(parts, "viewed/0")).content.decode()

    assert re.search(r'id="progress"[^>]*hx-swap-oob="true">1 of 3 viewed', told)
    assert "0 of 3 viewed" in page_of(as_bob, parts)
    assert as_ada.post(address(parts, "viewed/0")).status_code == 303
    assert "0 of 3 viewed" in page_of(as_ada, parts)
    assert as_ada.post(address(parts, "viewed/7")).status_code == 404


def test_an_opinion_is_folded_until_a_piece_of_evidence_was_opened(
    as_ada, as_bob, proposal
):
    grow(proposal, risk="medium")
    quote = proposal.operations.get().evidence.get()
    assert "0.50, medium" not in page_of(as_ada, proposal)

    opened = as_ada.get(address(proposal, f"evidence/{quote.pk}"))

    assert opened["Location"] == (
        f"/traces/{quote.trace_id}/at/0/?hl={quote.pk}&p={proposal.pk}#ev-{quote.pk}"
    )
    assert "0.50, medium" in page_of(as_ada, proposal)
    assert "0.50, medium" not in page_of(as_bob, proposal)
    told = htmx(as_bob.get, address(proposal, f"evidence/{quote.pk}"))
    assert "0.50, medium" in told.content.decode()


def test_a_quote_of_another_proposal_opens_nothing(as_ada, proposal, store):
    other = factories.a_proposal(store).operations.get().evidence.get()

    answer = as_ada.get(address(proposal, f"evidence/{other.pk}"))

    assert answer.status_code == 404
    assert Visit.objects.count() == 0


def test_what_is_new_since_one_looked_stands_first_until_it_was_seen(
    as_ada, proposal, cast
):
    visits.arrive(proposal, cast["ada"])
    decisions.reword(proposal, texts={0: "Answer within 6 h."}, by=LIN)

    page = page_of(as_ada, proposal)
    assert "Wording 2 is new since you looked (wording 1)" in page
    assert "Since wording 1" in page

    assert as_ada.post(address(proposal, "seen")).status_code == 303
    assert "is new since you looked" not in page_of(as_ada, proposal)


def test_an_older_wording_can_be_read_but_not_decided(as_ada, proposal):
    decisions.reword(proposal, texts={0: "Answer within 6 h."}, by=LIN)

    page = page_of(as_ada, proposal, "?rev=1")

    assert "This is wording 1" in page
    assert 'id="decide"' not in page
    assert "<ins>4</ins>" in page
    assert 'id="decide"' in page_of(as_ada, proposal, "?rev=99")


# What has moved


def rewrite(store, *pairs):
    text = versions.head_texts(store)["/rules.md"]
    for old, new in pairs:
        text = text.replace(old, new)
    factories.a_version(store, rules=text)


def test_what_moved_far_away_is_rebased_cleanly(as_ada, proposal, store):
    rewrite(store, ("Sweep the floor", "Sweep the hall"))

    page = page_of(as_ada, proposal)

    assert "Rebased cleanly over v2." in page
    assert words_of(page)["Head unchanged since it was written"] == "SATISFIED"


def test_what_moved_beside_it_is_shown_and_told(as_ada, proposal, store):
    rewrite(store, ("Say please", "Say please twice"))

    page = page_of(as_ada, proposal)

    assert "Rebased over v2, and lines beside it changed." in page
    assert "What changed beside it in v2" in page
    assert words_of(page)["Head unchanged since it was written"] == "UNSATISFIED"


@pytest.mark.parametrize(
    ("other", "stands"),
    [("Say please.", False), ("Sweep the floor.", True)],
)
def test_an_approval_stands_until_something_beside_it_changes(
    proposal, store, other, stands, cast
):
    grow(proposal, risk="high")
    decisions.approve(proposal, by=ADA, reason="Sure.")
    neighbour = factories.a_proposal(store, factories.an_edit(other, f"{other} Now."))

    decisions.approve(neighbour, by=BOB, hold=0)

    assert Approval.objects.get(proposal=proposal).void_at is None or not stands
    assert Approval.objects.filter(proposal=proposal, void_at=None).exists() is stands
    assert proposal.turns.filter(user=cast["ada"]).exists() is not stands


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"choice-0-0": "theirs"}, "Answer within 4 h."),
        ({"choice-0-0": "written", "written-0-0": "Answer soon."}, "Answer soon."),
    ],
)
def test_a_conflict_is_settled_place_by_place_as_a_wording(
    as_ada, proposal, store, choice, says
):
    rewrite(store, ("within 24 h", "within 12 h"))
    assert "Theirs: this proposal" in page_of(as_ada, proposal)

    form = form_of(proposal, **{"settle-0": "1"}, **choice)
    answer = as_ada.post(address(proposal, "settle"), form)

    assert answer["Location"] == address(proposal)
    proposal.refresh_from_db()
    assert proposal.wording == 2
    (block,) = bindings.of(proposal).blocks
    assert (block.after, block.applies) == (says, True)


@pytest.mark.parametrize(
    ("choice", "says"),
    [({}, "Choose what shall stand"), ({"choice-0-0": "ours"}, "says already")],
)
def test_a_conflict_without_a_choice_or_without_a_change_stays_one(
    as_ada, proposal, store, choice, says
):
    rewrite(store, ("within 24 h", "within 12 h"))

    form = form_of(proposal, **{"settle-0": "1"}, **choice)
    answer = as_ada.post(address(proposal, "settle"), form)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.wording == 1


def test_a_deletion_of_what_has_changed_can_be_said_again(as_ada, store):
    proposal = factories.a_proposal(store, factories.a_deletion("Use the fax."))
    rewrite(store, ("Use the fax", "Use the old fax"))

    form = form_of(proposal, **{"settle-0": "1"})
    answer = as_ada.post(address(proposal, "settle"), form)

    assert answer.status_code == 303
    proposal.refresh_from_db()
    (block,) = bindings.of(proposal).blocks
    assert (block.before, block.applies) == ("Use the old fax.", True)
