"""The proposal page: what would change, why, what deciding does, and what it refuses."""

import re
from pathlib import Path

import pytest
from django.utils.html import escape

from reviews.dreams.claude import lessons
from reviews.dreams.differing import saying
from reviews.memory import versions
from reviews.proposals import bindings, decisions, jottings, policies
from reviews.proposals.flags import FLAGS
from reviews.proposals.models import Decision, Policy, Proposal, Verdict
from reviews.web.presenters import kinds
from tests import factories
from tests.factories import ADA, BOB, LIN
from tests.web.conftest import htmx
from tests.web.proposal.conftest import RULES, address, form_of, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def grave(proposal):
    Proposal.objects.filter(pk=proposal.pk).update(risk="high")
    proposal.refresh_from_db()
    return proposal


def state_of(proposal):
    proposal.refresh_from_db()
    return proposal.state


def effect_of(page):
    return re.search(r'id="effect"[^>]*>([^<]*)<', page)[1]


# What it shows


def test_a_memory_that_is_not_there_yet_is_said_to_be_new_and_not_linked(
    as_vera, store
):
    new = factories.a_proposal(store, factories.an_add("Knock first.", "/doors.md"))
    known = factories.a_proposal(store, factories.an_add("Knock twice."))

    assert 'href="/memory/support/doors.md"' not in page_of(as_vera, new)
    assert "a new memory" in page_of(as_vera, new)
    assert 'href="/memory/support/rules.md"' in page_of(as_vera, known)
    assert "a new memory" not in page_of(as_vera, known)


def test_the_change_stands_beside_why_and_on_what_evidence(as_vera, proposal):
    page = page_of(as_vera, proposal)

    assert "<del>24</del>" in page
    assert "<ins>4</ins>" in page
    assert "9 of 41 runs without it failed." in page
    assert "12 runs, 6 groups, 3 people, 1 agent, quotes of 1 day" in page
    assert "1 quoted of 6" in page
    assert "Nothing is quoted against it." in page
    assert re.search(rf"/proposals/{proposal.pk}/evidence/\d+/", page)


def test_the_bar_names_the_exact_effect(as_ada, proposal, store):
    assert (
        effect_of(page_of(as_ada, proposal))
        == "Approve this change → the next version of support, applies in 10 s."
    )
    store.hold_seconds = 0
    store.save()
    assert "applies at once" in effect_of(page_of(as_ada, proposal))


def test_the_bar_promises_no_number_that_another_decision_will_take(
    as_ada, proposal, store
):
    other = factories.a_proposal(store, factories.an_add("Close the window."))
    decisions.approve(other, by=BOB, reason="Draughts.")

    said = effect_of(page_of(as_ada, proposal))

    assert "the next version of support" in said
    assert " v2" not in said


@pytest.mark.parametrize(
    ("family", "kind", "says"),
    [
        ("mistake", "stop", "A mistake that comes back: a call that people stop"),
        ("mistake", "new-here", "A mistake that comes back: new here"),
        ("workflow", "", "A way of working"),
    ],
)
def test_what_kind_of_pattern_it_is_is_said_in_words(
    as_vera, proposal, family, kind, says
):
    Proposal.objects.filter(pk=proposal.pk).update(family=family, kind=kind)

    assert f"<dt>pattern</dt><dd>{says}</dd>" in page_of(as_vera, proposal)


def test_what_a_person_proposes_is_no_pattern(as_vera, proposal):
    Proposal.objects.filter(pk=proposal.pk).update(family="manual", kind="")

    assert "<dt>pattern</dt>" not in page_of(as_vera, proposal)


def test_every_kind_that_we_draft_has_a_name():
    table = Path("docs/offline-engine.md").read_text().partition("| kind |")[2]
    offline = re.findall(
        r"^\| `([a-z-]+)` \|", table.partition("\n\n")[0], re.MULTILINE
    )

    assert "silent" in offline
    assert {*offline, *saying.DID, lessons.KIND} <= set(kinds.KINDS)


@pytest.mark.parametrize(
    ("ticked", "says"),
    [
        (
            [0, 1, 2],
            "Approve 3 of 3 operations → the next version of support, applies in 10 s.",
        ),
        ([0, 2], "the other one waits as a proposal of its own"),
        ([1], "the other 2 wait as a proposal of their own"),
        ([], "Nothing is ticked"),
    ],
)
def test_the_effect_follows_what_is_ticked(as_ada, store, ticked, says):
    adds = [factories.an_add(f"- Rule {n}.", "/more.md") for n in range(3)]
    proposal = factories.a_proposal(store, *adds)

    sent = {"choose": "1", "included": ticked}
    said = htmx(as_ada.get, address(proposal, "effect"), sent).content.decode()

    assert says in effect_of(said)


def test_what_has_moved_cannot_be_approved_as_it_stands(as_ada, proposal, store):
    other = factories.a_proposal(
        store, factories.an_edit("Answer within 24 h.", "Answer within 8 h.")
    )
    decisions.approve(other, by=BOB, hold=0)

    page = page_of(as_ada, proposal)

    assert "Conflict" in page
    assert "It cannot be applied as it stands" in effect_of(page)
    assert re.search(r'aria-keyshortcuts="a"[^>]*disabled', page)


def test_a_rule_that_moved_elsewhere_is_rebased_and_says_so(as_ada, proposal, store):
    longer = "- Answer within 24 h.\n  Say please.\n"
    factories.a_version(store, rules=RULES.replace("- Answer within 24 h.\n", longer))

    page = page_of(as_ada, proposal)

    assert "Rebased" in page
    assert "was merged in" in page


def test_flags_stand_beside_the_reasons_in_sentences(as_vera, proposal):
    Proposal.objects.update(flags=["tool-only"])

    page = page_of(as_vera, proposal)

    assert escape(FLAGS["tool-only"].sentence) in page
    assert "No policy may approve it." in page


def test_confidence_is_folded_until_the_evidence_was_read_where_risk_is_grave(
    as_ada, grave
):
    assert "0.50, medium" not in page_of(as_ada, grave)
    Proposal.objects.update(risk="low")
    assert "0.50, medium" in page_of(as_ada, grave)


def test_what_policies_would_say_is_hidden_until_somebody_has_decided(
    as_ada, proposal, team
):
    Policy.objects.create(team=team, name="typos", position=1)
    Verdict.objects.filter(proposal=proposal).delete()
    Verdict.objects.create(proposal=proposal, approves=True, shadow=True)

    page = page_of(as_ada, proposal)
    assert "policy would have approved" not in page
    assert "What they said is shown once a person has decided" in page
    decisions.reject(proposal, by=ADA, reason="It is wrong.")
    assert "A policy would have approved it" in page_of(as_ada, proposal)


@pytest.mark.parametrize("approves", [True, False])
def test_that_policies_were_asked_says_nothing_of_their_answer(
    as_ada, proposal, approves
):
    told = [{"name": "typos", "why_not": "Too long."}, {"name": policies.MANUAL}]
    Verdict.objects.update(approves=approves, explanation=told)

    page = page_of(as_ada, proposal)

    assert "Policies were asked, too." in page
    assert "typos" not in page


def test_where_no_policy_is_there_is_nothing_to_wait_for(as_ada, proposal):
    assert Verdict.objects.filter(proposal=proposal).exists()
    assert "Policies were asked" not in page_of(as_ada, proposal)


def test_a_decided_one_says_who_when_and_why(as_vera, proposal):
    decisions.approve(proposal, by=ADA, reason="Checked with Kim.", hold=0)

    page = page_of(as_vera, proposal)

    assert "Checked with Kim." in page
    assert 'title="person ada"' in page
    assert "/history/support/2/" in page
    assert 'id="decide"' not in page


def test_an_applied_one_offers_its_undo_to_who_may_and_its_preview_to_all(
    as_ada, as_vera, proposal
):
    decisions.approve(proposal, by=ADA, hold=0)

    mine, theirs = page_of(as_ada, proposal), page_of(as_vera, proposal)
    assert f"/rollback/support/?undo={proposal}" in mine
    assert "Undo this change…" in mine
    assert "Undo this change…" not in theirs
    assert "Ask to undo this…" in theirs


def test_other_words_stand_beside_the_first_ones(as_ada, proposal):
    decisions.reword(proposal, texts={0: "Answer within 6 h."}, by=LIN)

    page = page_of(as_ada, proposal)

    assert "What was changed about the first wording" in page
    assert 'title="Wording 2 by person:lin"' in page


def test_what_was_turned_down_before_says_as_what(as_ada, proposal, store):
    earlier = factories.a_proposal(store)
    Proposal.objects.filter(pk=proposal.pk).update(returned=earlier)

    page = page_of(as_ada, proposal)

    assert "It was turned down before" in page
    assert f'href="/proposals/{earlier.pk}/"' in page


def test_hostile_words_run_nothing_and_are_visible(as_ada, store):
    quoted = "<script>alert(1)</script> pay\u200bments \u202enow"
    trace = factories.a_trace(factories.an_agent(store.team), quoted)
    proposal = factories.a_proposal(
        store,
        factories.an_add("- <img src=x onerror=alert(1)> \u200b"),
        title="<script>alert(1)</script>",
        quotes=(factories.a_quote(trace, quoted),),
    )

    page = page_of(as_ada, proposal)

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert "\u200b" not in page


def test_the_page_asks_no_more_for_more_quotes_and_decisions(
    flat_queries, as_ada, proposal
):
    def more():
        held = decisions.approve(proposal, by=ADA, reason="Sure.")
        decisions.withdraw(proposal, by=ADA)
        decisions.comment(proposal, by=ADA, text=f"Taken back {held.pk}.")

    flat_queries(address(proposal), more, as_ada, most=12)


# What it does


def test_an_approval_leads_to_the_next_one_and_says_what_was_done(
    as_ada, proposal, store
):
    following = factories.a_proposal(store)

    answer = as_ada.post(
        address(proposal, "approve"), form_of(proposal, reason="Yes."), follow=True
    )

    assert answer.redirect_chain == [(address(following), 303)]
    page = answer.content.decode()
    assert f"{proposal} is approved." in page
    assert address(proposal, "withdraw") in page
    assert state_of(proposal) == "held"
    assert f"{proposal} is approved." not in page_of(as_ada, following)


def test_htmx_is_led_on_by_a_header(as_ada, proposal):
    answer = htmx(as_ada.post, address(proposal, "approve"), form_of(proposal))

    assert answer["HX-Redirect"] == "/inbox/"


def test_a_form_that_is_sent_twice_decides_once(as_ada, proposal):
    form = form_of(proposal)

    first = as_ada.post(address(proposal, "approve"), form)
    second = as_ada.post(address(proposal, "approve"), form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert Decision.objects.count() == 1


def test_whoever_comes_second_is_told_who_came_first_and_keeps_their_words(
    as_ada, as_bob, proposal
):
    form = form_of(proposal, reason="Kim agrees.")
    as_bob.post(address(proposal, "approve"), form_of(proposal))

    answer = as_ada.post(address(proposal, "approve"), form)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"bob approved {proposal}" in page
    assert "Kim agrees." in page
    assert Decision.objects.count() == 1


def test_a_stale_form_is_refused_with_what_moved_and_a_new_bound(
    as_ada, proposal, store
):
    form = form_of(proposal, reason="Kim agrees.")
    factories.a_version(store, rules=RULES.replace("24 h", "12 h"))

    answer = as_ada.post(address(proposal, "approve"), form)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "has changed since this was written" in page
    assert 'value="Kim agrees."' in page
    assert bindings.of(proposal).bound in page
    assert form["bound"] not in page
    assert Decision.objects.count() == 0


def test_only_what_was_ticked_is_approved(as_ada, store):
    adds = [factories.an_add(f"- Rule {n}.", "/more.md") for n in range(3)]
    proposal = factories.a_proposal(store, *adds)

    form = form_of(proposal, choose="1", included=["0", "2"], rest="split")
    as_ada.post(address(proposal, "approve"), form)

    assert Decision.objects.get().included == [0, 2]


@pytest.mark.parametrize("included", [[], ["7"], ["x"], ["-1"]])
def test_a_selection_of_nothing_that_is_there_is_refused(as_ada, store, included):
    adds = [factories.an_add(f"- Rule {n}.", "/more.md") for n in range(2)]
    proposal = factories.a_proposal(store, *adds)

    form = form_of(proposal, choose="1", included=included)
    answer = as_ada.post(address(proposal, "approve"), form)

    assert answer.status_code == 422
    assert "Choose at least one" in answer.content.decode()
    assert state_of(proposal) == "open"


def test_grave_risk_without_a_reason_is_refused_in_the_dialog(as_ada, grave):
    form = form_of(grave)
    asked = htmx(as_ada.get, address(grave, "approve"), form).content.decode()
    answer = htmx(
        as_ada.post, address(grave, "approve"), form, **{"HX-Target": "dialog"}
    )

    assert "1 of 2" in asked
    assert f'name="bound" value="{form["bound"]}"' in asked
    assert answer.status_code == 422
    assert "say why you approve" in answer.content.decode()
    assert form["request"] in answer.content.decode()


def test_the_first_of_two_approvals_is_counted_and_shown(as_ada, as_bob, grave):
    form = form_of(grave, reason="Sure.")
    told = as_ada.post(address(grave, "approve"), form, follow=True)

    assert f"Your approval of {grave} counts: 1 of 2." in told.content.decode()
    mine, theirs = page_of(as_ada, grave), page_of(as_bob, grave)
    assert effect_of(mine) == "You have approved it: 1 of 2. Somebody else has to."
    assert "2 of 2 → the next version of support" in effect_of(theirs)
    assert "2 approvals, 1 given" in theirs
    as_bob.post(address(grave, "approve"), form_of(grave, reason="Sure too."))
    assert state_of(grave) == "held"


def test_the_way_to_the_dialog_without_a_page_before_it_is_the_page(as_ada, grave):
    answer = as_ada.get(address(grave, "approve"))

    assert answer["Location"] == address(grave)


def test_a_rejection_needs_a_reason_and_keeps_the_ground(as_ada, proposal):
    form = {"choice": "too-broad", "reason": " "}
    refused = as_ada.post(address(proposal, "reject"), form)
    as_ada.post(address(proposal, "reject"), form | {"reason": "Only for refunds."})

    assert refused.status_code == 422
    assert re.search(r'value="too-broad"\s+checked', refused.content.decode())
    decision = Decision.objects.get()
    assert (decision.ground, decision.reason) == ("too-broad", "Only for refunds.")


@pytest.mark.parametrize("verb", ["reject", "changes"])
def test_nobody_is_taken_to_have_meant_what_they_did_not_choose(as_ada, proposal, verb):
    dialog = as_ada.get(address(proposal, verb)).content.decode()

    assert re.findall(r'name="choice" value="(\S+)"\s+checked', dialog) == ["other"]


def test_a_ground_that_nobody_knows_is_refused(as_ada, proposal):
    form = {"choice": "<b>", "reason": "Because."}

    answer = as_ada.post(address(proposal, "reject"), form)

    assert answer.status_code == 422
    assert state_of(proposal) == "open"


def test_a_rejection_that_comes_too_late_leaves_its_words_for_the_page(
    as_ada, proposal, cast
):
    decisions.reject(proposal, by=BOB, reason="Mine.")

    answer = as_ada.post(address(proposal, "reject"), {"reason": "Only for refunds."})

    assert answer.status_code == 409
    assert "Only for refunds." in answer.content.decode()
    assert jottings.of(proposal, cast["ada"]) == {"reason": "Only for refunds."}


def test_changes_are_requested_with_a_wish_and_a_reason(as_ada, proposal):
    as_ada.post(
        address(proposal, "changes"), {"choice": "evidence", "reason": "Only refunds."}
    )

    assert state_of(proposal) == "changes-requested"
    assert Decision.objects.get().ground == "evidence"


def test_what_is_edited_is_approved_in_those_words(as_ada, proposal, store):
    store.hold_seconds = 0
    store.save()
    form = form_of(proposal, **{"text-0": "Answer within\r\n  6 h.", "reason": ""})

    as_ada.post(address(proposal, "edit"), form)

    assert versions.head_texts(store)["/rules.md"] == RULES.replace(
        "Answer within 24 h.", "Answer within\n    6 h."
    )
    assert Decision.objects.get().verb == Decision.Verb.EDIT


def test_words_can_be_kept_for_somebody_else_to_decide(as_ada, proposal):
    form = form_of(proposal, **{"text-0": "Answer within 6 h.", "reword": "1"})

    answer = as_ada.post(address(proposal, "edit"), form)

    assert answer["Location"] == address(proposal)
    assert state_of(proposal) == "open"
    assert proposal.wording == 2


def test_an_editor_that_is_stale_keeps_every_text(as_ada, proposal, store):
    form = form_of(proposal, **{"text-0": "Answer within 6 h.", "reason": "Kim."})
    factories.a_version(store, rules=RULES.replace("24 h", "12 h"))

    answer = as_ada.post(address(proposal, "edit"), form)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Answer within 6 h.</textarea>" in page
    assert "Kim.</textarea>" in page
    assert "Answer within 12 h." in page


@pytest.mark.parametrize("text", ["", "   "])
def test_words_that_cannot_be_a_rule_are_refused_and_kept(as_ada, proposal, text):
    form = form_of(proposal, **{"text-0": text, "text-9x": "?", "text-": "?"})

    answer = as_ada.post(address(proposal, "edit"), form)

    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert state_of(proposal) == "open"


def test_what_no_text_holds_is_left_out_of_it(as_ada, proposal):
    as_ada.post(address(proposal, "reject"), {"reason": "a\0b"})

    assert Decision.objects.get().reason == "ab"


def test_an_approval_is_taken_back_within_the_hold_and_not_after(as_ada, proposal):
    decisions.approve(proposal, by=ADA)

    assert as_ada.post(address(proposal, "withdraw")).status_code == 303
    assert state_of(proposal) == "open"
    assert as_ada.post(address(proposal, "withdraw")).status_code == 409


def test_a_comment_is_said_once_and_forgotten_as_a_draft(as_lin, proposal, cast):
    as_lin.post(address(proposal, "jot"), {"comment": "Is this"})
    assert "Is this</textarea>" in page_of(as_lin, proposal)

    as_lin.post(address(proposal, "comment"), {"comment": "Is this so?"})

    assert "Is this so?" in page_of(as_lin, proposal)
    assert jottings.of(proposal, cast["lin"]) == {}


def test_a_comment_that_says_nothing_is_refused_beside_its_field(as_ada, proposal):
    answer = as_ada.post(address(proposal, "comment"), {"comment": "  "})

    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()


@pytest.mark.parametrize(
    ("days", "asleep"), [("7", True), ("0", False), ("999", False), ("x", False)]
)
def test_it_sleeps_for_the_days_that_are_offered(as_ada, proposal, days, asleep):
    as_ada.post(address(proposal, "snooze"), {"days": days})

    proposal.refresh_from_db()
    assert (proposal.snoozed_until is not None) == asleep


VERBS = ("approve", "edit", "reject", "changes", "withdraw", "snooze")


@pytest.mark.parametrize("verb", [*VERBS, "comment", "jot"])
def test_whoever_may_only_look_is_refused_every_verb(as_vera, proposal, verb):
    answer = as_vera.post(address(proposal, verb), form_of(proposal, reason="Please."))

    assert answer.status_code == 403
    assert state_of(proposal) == "open"


@pytest.mark.parametrize("verb", ["", "effect", "edit", "reject", "changes"])
def test_to_another_team_it_does_not_exist(as_eve, proposal, verb):
    assert as_eve.get(address(proposal, verb)).status_code == 404


@pytest.mark.parametrize("verb", ["approve", "withdraw", "comment", "jot", "snooze"])
def test_another_team_cannot_touch_it(as_eve, proposal, verb):
    assert as_eve.post(address(proposal, verb), form_of(proposal)).status_code == 404
    assert state_of(proposal) == "open"
