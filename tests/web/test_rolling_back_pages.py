"""Rolling back in the browser: what would happen first, and then nothing else than that."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.audit import ledger
from reviews.memory import versions
from reviews.memory.models import Version
from reviews.proposals import decisions, mutes, rollbacks
from reviews.proposals.models import Decision, Proposal
from reviews.traces import readings
from tests import factories
from tests.factories import ADA, BOB, LIN, an_add, an_edit

pytestmark = pytest.mark.django_db

START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
PAGE = "/rollback/support/"


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules=START)
    return store


def applied(store, *operations):
    """A proposal that Ada approved, and that is in memory."""
    proposal = factories.a_proposal(store, *operations)
    decisions.approve(proposal, by=ADA, reason="Finance asked.", hold=0)
    store.refresh_from_db()
    proposal.refresh_from_db()
    return proposal


@pytest.fixture
def dates(store):
    """v2."""
    return applied(store, an_add("Dates are ISO 8601."))


@pytest.fixture
def cents(store, dates):
    """v3, elsewhere than v2."""
    return applied(store, an_edit("Ask before deleting.", "Ask before deleting a row."))


@pytest.fixture
def disputed(store):
    """v2, whose rule v3 has changed again."""
    first = applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))
    applied(store, an_edit("Amounts are in EUR.", "Amounts are in EUR, with cents."))
    return first


def rules(store):
    return versions.head_texts(store)["/rules.md"]


def state(proposal):
    return Proposal.objects.get(pk=proposal.pk).state


def form_of(page, **changed):
    """What the page's form sends, as a browser without script would send it."""
    form = re.search(r'<form class="stack" method="post".*?</form>', page, re.DOTALL)[0]
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if named["type"] == "hidden" or " checked" in tag:
            sent.setdefault(unescape(named["name"]), []).append(
                unescape(named["value"])
            )
    typed = re.search(
        r'<textarea[^>]*name="reason"[^>]*>(.*?)</textarea>', form, re.DOTALL
    )
    sent["reason"] = [unescape(typed[1])]
    return {
        name: value for name, value in (sent | changed).items() if value is not None
    }


def side_in(page):
    """The name of the only choice on a page."""
    (name,) = set(re.findall(r'type="radio" name="([^"]+)"', page))
    return name


def previewed(client, query):
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(answer, status):
    assert answer.status_code == status
    return answer.content.decode()


# The preview of an undo


def test_a_preview_shows_what_goes_whose_it_was_and_what_it_writes(
    as_ada, store, dates, cents
):
    page = previewed(as_ada, f"undo={dates.name}")

    assert f"<h1>Undo {dates.name}</h1>" in page
    assert re.search(r'hunk__line--deleted".*?Dates are ISO 8601\.', page)
    assert not re.search(r'hunk__line--(added|deleted)"[^\n]*a row', page)
    assert f'href="/proposals/{dates.pk}/"' in page
    assert f'href="/proposals/{cents.pk}/"' not in page
    assert f"Undo {dates.name}: takes 1 line away, writes support v4" in page
    assert "comes back only with 3 new independent groups" in page


def test_looking_changes_nothing(as_ada, store, dates):
    entries = ledger.about(dates).count()

    previewed(as_ada, f"undo={dates.name}")
    previewed(as_ada, "to=1")

    assert Version.objects.filter(store=store).count() == 2
    assert state(dates) == "applied"
    assert ledger.about(dates).count() == entries


def test_it_says_which_agents_and_runs_read_what_goes_away(as_ada, store, dates, cents):
    agent = factories.an_agent(store.team, "desk-bot")
    trace = factories.a_trace(agent, name="run-7")
    readings.record(agent, store, 1, run="before")
    readings.record(agent, store, 2, run="run-7")
    readings.record(factories.an_agent(store.team, "mail-bot"), store, 3)

    page = previewed(as_ada, f"undo={dates.name}")

    assert "2 agents read what goes away" in page
    assert f'<a href="/traces/{trace.pk}/">run-7</a>' in page
    assert "mail-bot read v3" in page
    assert "in before" not in page.split("Who has read it")[1]


def test_where_nobody_read_it_it_says_so(as_ada, store, dates):
    assert "No agent has read what goes away" in previewed(as_ada, f"undo={dates.name}")


def test_a_version_leads_to_the_proposal_that_wrote_it(as_ada, dates, cents):
    assert f"<h1>Undo {dates.name}</h1>" in previewed(as_ada, "undo=2")
    assert f"<h1>Undo {cents.name}</h1>" in previewed(as_ada, "undo=3")


# Undoing


def test_an_undo_with_a_reason_writes_a_version_and_settles_the_proposal(
    as_bob, store, dates, cents
):
    page = previewed(as_bob, f"undo={dates.name}")

    answer = as_bob.post(PAGE, form_of(page, reason="Dates were <fine>."), follow=True)

    assert answer.redirect_chain == [("/history/support/", 303)]
    assert f"{dates.name} is undone: that is v4." in answer.content.decode()
    assert rules(store) == START.replace("deleting", "deleting a row")
    assert (state(dates), state(cents)) == ("rolled-back", "applied")
    decision = Decision.objects.get(proposal=dates, verb=Decision.Verb.ROLL_BACK)
    assert (decision.by, decision.reason) == ("person:bob", "Dates were <fine>.")
    assert mutes.standing(store, dates.fingerprint) is not None
    assert ledger.about(dates).first().action == "proposal.rolled-back"


def test_it_works_without_script_and_only_from_its_own_form(store, cast, dates):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["ada"], "django.contrib.auth.backends.ModelBackend")
    form = form_of(previewed(client, f"undo={dates.name}"), reason="No.")

    assert client.post(PAGE, {**form, "csrfmiddlewaretoken": "x"}).status_code == 403
    assert rules(store) != START
    assert client.post(PAGE, form).status_code == 303
    assert rules(store) == START


def test_the_same_form_sent_twice_undoes_once(as_ada, store, dates):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="No.")

    assert [as_ada.post(PAGE, form).status_code for _ in range(2)] == [303, 303]

    assert Version.objects.filter(store=store).count() == 3


@pytest.mark.parametrize("reason", ["", " \n "])
def test_without_a_reason_nothing_happens_and_it_says_what_is_missing(
    as_ada, store, dates, reason
):
    page = previewed(as_ada, f"undo={dates.name}")

    page = shown(as_ada.post(PAGE, form_of(page, reason=reason)), 422)

    assert "Say why you roll back" in page
    assert re.search(r'<textarea[^>]*aria-invalid="true"', page)
    assert state(dates) == "applied"
    assert as_ada.post(PAGE, form_of(page, reason="Now I say.")).status_code == 303


def test_a_moved_head_is_refused_with_the_new_preview_and_the_typed_words(
    as_ada, store, dates
):
    stale = form_of(previewed(as_ada, f"undo={dates.name}"), reason="They're <wrong>.")
    applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))

    page = shown(as_ada.post(PAGE, stale), 409)

    assert "support has moved to v3 since you looked." in page
    assert "Below is what it would do now." in page
    assert "writes support v4" in page
    again = form_of(page)
    assert again["reason"] == ["They're <wrong>."]
    assert state(dates) == "applied"
    assert as_ada.post(PAGE, again).status_code == 303
    assert rules(store) == START.replace("euros", "EUR")


def test_what_bob_has_undone_meanwhile_is_not_undone_again(as_ada, store, dates):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="No.")
    rollbacks.undo(dates, by=BOB, reason="Bob was quicker.")

    page = shown(as_ada.post(PAGE, form), 409)

    assert f"bob has rolled {dates.name} back already in v3." in page
    assert '<form class="stack"' not in page
    assert Version.objects.filter(store=store).count() == 3


def test_what_is_undone_already_is_offered_no_more(as_ada, store, dates):
    rollbacks.undo(dates, by=BOB, reason="Bob was quicker.")

    page = shown(as_ada.get(f"{PAGE}?undo={dates.name}"), 409)

    assert f"bob has rolled {dates.name} back already in v3." in page


def test_what_was_never_applied_cannot_be_undone(as_ada, store):
    waiting = factories.a_proposal(store, an_add("Not yet."))

    for answer in (
        as_ada.get(f"{PAGE}?undo={waiting.name}"),
        as_ada.post(PAGE, {"undo": waiting.name, "reason": "No."}),
    ):
        assert f"{waiting.name} has not been applied." in shown(answer, 409)
    assert state(waiting) == "open"


def test_a_change_of_which_nothing_is_left_is_refused_in_words(as_ada, store, dates):
    factories.a_version(store, rules=START)

    page = previewed(as_ada, f"undo={dates.name}")
    assert "No text changes." in page

    page = shown(as_ada.post(PAGE, form_of(page, reason="No.")), 409)
    assert "Nothing of version 2 is left to take back." in page
    assert form_of(page)["reason"] == ["No."]


# Conflicts of an undo


def test_a_conflict_is_shown_with_both_sides(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    conflict = page.split("Conflict in /rules.md")[1].split("</fieldset>")[0]

    assert "line 3" in conflict
    head, back = re.findall(r"<pre[^>]*>(.*?)</pre>", conflict, re.DOTALL)
    assert head.strip() == "- Amounts are in EUR, with cents."
    assert back.strip() == "- Amounts are in euros."
    radios = re.findall(r'type="radio" name="side-(\w+)" value="(\w+)"', conflict)
    assert [side for _, side in radios] == ["theirs", "ours", "base", "write"]
    assert len({key for key, _ in radios}) == 1


def test_a_conflict_that_nobody_settled_is_refused(as_ada, store, disputed):
    form = form_of(previewed(as_ada, f"undo={disputed.name}"), reason="Cents no more.")

    page = shown(as_ada.post(PAGE, form), 409)

    assert "/rules.md changed later in the same place." in page
    assert form_of(page)["reason"] == ["Cents no more."]
    assert state(disputed) == "applied"


@pytest.mark.parametrize(
    ("side", "amounts"),
    [
        ("theirs", "Amounts are in euros."),
        ("ours", "Amounts are in EUR, with cents."),
        ("base", "Amounts are in EUR."),
    ],
)
def test_the_chosen_side_of_a_conflict_is_what_stands(
    as_ada, store, disputed, side, amounts
):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="So be it.")

    answer = as_ada.post(PAGE, {**form, side_in(page): side})

    if side == "ours":
        assert "Nothing of version 2 is left to take back." in shown(answer, 409)
    else:
        assert answer.status_code == 303
    assert rules(store) == START.replace("Amounts are in euros.", amounts)


def test_a_choice_survives_a_refusal(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="")

    page = shown(as_ada.post(PAGE, {**form, side_in(page): "theirs"}), 422)

    assert form_of(page)[side_in(page)] == ["theirs"]


def test_a_choice_is_bound_to_the_sides_that_were_shown(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="Back.")
    applied(
        store, an_edit("Amounts are in EUR, with cents.", "Amounts are in dollars.")
    )

    page = shown(as_ada.post(PAGE, {**form, side_in(page): "theirs"}), 409)

    assert "has moved to v4 since you looked" in page
    assert "Amounts are in dollars." in page
    assert "dollars" in rules(store)
    assert side_in(page) not in form_of(page)


def test_a_side_that_does_not_exist_settles_nothing(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="Back.")

    answer = as_ada.post(PAGE, {**form, side_in(page): "mine", "side-": "ours"})

    assert answer.status_code == 409
    assert state(disputed) == "applied"


# Restore


def test_a_restore_names_all_that_goes_and_offers_to_keep_it(
    as_ada, store, dates, cents
):
    page = previewed(as_ada, "to=1")

    assert "<h1>Restore v1</h1>" in page
    assert "writes support v4</span></button>" in page
    assert re.search(r'hunk__line--deleted".*?Dates are ISO 8601\.', page)
    undone = page.split("What is undone")[1].split("Keep these")[0]
    for proposal in (dates, cents):
        assert f'href="/proposals/{proposal.pk}/"' in undone
        assert f'name="keep" value="{proposal.pk}"' in page
    assert "keep" not in form_of(page)


def test_a_restore_brings_the_old_text_back_and_settles_the_rest(
    as_lin, store, dates, cents
):
    page = previewed(as_lin, "to=1")

    answer = as_lin.post(PAGE, form_of(page, reason="A bad day."), follow=True)

    assert "support is as it was at v1: that is v4." in answer.content.decode()
    assert rules(store) == START
    assert {state(dates), state(cents)} == {"rolled-back"}
    assert Version.objects.get(store=store, number=4).kind == Version.Kind.RESTORE


def test_what_is_kept_is_previewed_again_before_it_is_done(as_ada, store, dates, cents):
    form = form_of(previewed(as_ada, "to=1"), reason="Dates were wrong.")
    ticked = {**form, "keep": [cents.pk], "preview": "1"}

    page = shown(as_ada.post(PAGE, ticked), 200)

    assert Version.objects.filter(store=store).count() == 3
    undone = page.split("What is undone")[1].split("Keep these")[0]
    assert f'href="/proposals/{dates.pk}/"' in undone
    assert f'href="/proposals/{cents.pk}/"' not in undone
    assert "writes support v5</span></button>" in page
    again = form_of(page)
    assert again["keep"] == [str(cents.pk)]
    assert again["reason"] == ["Dates were wrong."]

    assert as_ada.post(PAGE, again).status_code == 303
    assert rules(store) == START.replace("deleting", "deleting a row")
    assert (state(dates), state(cents)) == ("rolled-back", "applied")


def test_keeping_something_that_was_not_previewed_is_refused_with_its_preview(
    as_ada, store, dates, cents
):
    form = form_of(previewed(as_ada, "to=1"), reason="Dates were wrong.")

    page = shown(as_ada.post(PAGE, {**form, "keep": [cents.pk]}), 409)

    assert Version.objects.filter(store=store).count() == 3
    again = form_of(page)
    assert again["keep"] == [str(cents.pk)]
    assert as_ada.post(PAGE, again).status_code == 303


def test_a_restore_needs_a_reason_and_keeps_what_was_ticked(
    as_ada, store, dates, cents
):
    form = {**form_of(previewed(as_ada, "to=1")), "keep": [cents.pk]}

    page = shown(as_ada.post(PAGE, form), 422)

    assert "Say why you roll back" in page
    assert form_of(page)["keep"] == [str(cents.pk)]


def test_a_restore_of_a_moved_head_is_refused_with_the_new_preview(
    as_ada, store, dates
):
    stale = form_of(previewed(as_ada, "to=1"), reason="A bad day.")
    later = applied(store, an_add("Numbers have no commas."))

    page = shown(as_ada.post(PAGE, stale), 409)

    assert "support has moved to v3 since you looked." in page
    assert f'name="keep" value="{later.pk}"' in page
    assert form_of(page)["reason"] == ["A bad day."]
    assert rules(store) != START


def test_what_cannot_be_kept_alone_is_said_and_offers_no_choice_of_sides(
    as_ada, store, disputed
):
    later = Proposal.objects.exclude(pk=disputed.pk).get()
    form = form_of(previewed(as_ada, "to=1"), reason="No cents.")

    page = shown(as_ada.post(PAGE, {**form, "keep": [later.pk], "preview": "1"}), 200)

    assert "Conflict" in page
    assert 'type="radio"' not in page
    page = shown(as_ada.post(PAGE, form_of(page)), 409)
    assert "cannot keep what came later" in page
    assert Version.objects.filter(store=store).count() == 3


def test_what_had_been_undone_since_is_announced_to_be_in_force_again(
    as_ada, store, dates
):
    rollbacks.undo(dates, by=BOB, reason="No.")

    page = previewed(as_ada, "to=2")

    assert f'href="/proposals/{dates.pk}/"' in page.split("In force again")[1]
    as_ada.post(PAGE, form_of(page, reason="It was right."))
    assert state(dates) == "applied"


def test_to_restore_what_stands_already_is_refused_in_words(as_ada, store, dates):
    page = previewed(as_ada, "to=2")
    assert "No text changes." in page

    page = shown(as_ada.post(PAGE, form_of(page, reason="No.")), 409)
    assert "The store says what version 2 said." in page


def test_a_long_way_back_costs_no_query_per_version(as_ada, store):
    def ask():
        previewed(as_ada, "to=1")
        with CaptureQueriesContext(connection) as captured:
            previewed(as_ada, "to=1")
        return len(captured)

    def more(count):
        for _ in range(count):
            applied(store)

    more(2)
    few = ask()
    more(6)
    assert ask() == few


# Who may, and what is not there


@pytest.mark.parametrize(
    "query",
    [
        "",
        "undo=",
        "undo=P-",
        "undo=P-999999",
        "undo=999",
        "undo=1",
        "undo=zebra",
        f"undo=P-{'9' * 30}",
        "to=",
        "to=-1",
        "to=9",
        "to=two",
        f"to={'9' * 30}",
    ],
)
def test_what_there_is_not_cannot_be_rolled_back(as_ada, store, query):
    assert as_ada.get(f"{PAGE}?{query}").status_code == 404
    name, _, value = query.partition("=")
    form = {name: value, "reason": "No."} if name else {}
    assert as_ada.post(PAGE, form).status_code == 404
    assert Version.objects.filter(store=store).count() == 1


def test_a_version_of_the_future_is_refused_with_a_sentence(as_ada, store):
    assert "v7" in shown(as_ada.get(f"{PAGE}?to=7"), 404)


def test_a_proposal_of_another_store_is_not_undone_here(as_ada, team, store):
    other = factories.a_store(team, "billing")
    factories.a_version(other, rules=START)
    elsewhere = applied(other, an_add("Dates are ISO 8601."))

    assert as_ada.get(f"{PAGE}?undo={elsewhere.name}").status_code == 404
    assert (
        as_ada.post(PAGE, {"undo": elsewhere.name, "reason": "No."}).status_code == 404
    )


def test_a_viewer_may_only_look_and_to_another_team_it_is_not_there(
    as_vera, as_eve, store, dates
):
    for query in ({"undo": dates.name}, {"to": "1"}):
        page = shown(as_vera.get(PAGE, query), 200)
        assert "What is undone" in page
        assert "Only an operator or above" in page
        assert '<button class="button button--danger' not in page
        assert as_eve.get(PAGE, query).status_code == 404
        for extra in ({}, {"ask": "1"}):
            form = {**query, **extra, "reason": "No.", "bound": "x"}
            assert as_vera.post(PAGE, form).status_code == 403
            assert as_eve.post(PAGE, form).status_code == 404

    assert state(dates) == "applied"
    assert Version.objects.filter(store=store).count() == 2


@pytest.mark.parametrize("query", [{"undo": "P"}, {"to": "1"}])
@pytest.mark.parametrize("bound", [{}, {"bound": ""}, {"bound": "0" * 64}])
def test_what_nobody_previewed_is_not_done(as_ada, store, dates, query, bound):
    asked = {
        name: dates.name if value == "P" else value for name, value in query.items()
    }

    page = shown(as_ada.post(PAGE, {**asked, **bound, "reason": "No."}), 409)

    assert Version.objects.filter(store=store).count() == 2
    assert form_of(page)["reason"] == ["No."]
    assert as_ada.post(PAGE, form_of(page)).status_code == 303


def test_it_says_what_brings_an_undone_proposal_back(as_ada, store, dates):
    page = previewed(as_ada, f"undo={dates.name}")

    assert (
        "comes back only with 3 new independent groups of evidence (6 are known)"
        in page
    )

    for _ in range(2):
        mutes.place(dates, by=ADA, reason="No.")
    assert "stays quiet for good" in previewed(as_ada, f"undo={dates.name}")


def test_what_was_undone_names_the_version_that_did_it(as_ada, store, dates):
    rollbacks.undo(dates, by=BOB, reason="Bob was quicker.")

    page = shown(as_ada.get(f"{PAGE}?undo={dates.name}"), 409)

    assert 'Already undone by <a href="/history/support/3/">v3</a>' in page


# Conflicts, settled in one's own words


def test_what_somebody_writes_for_a_conflict_is_what_stands(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    key = side_in(page).removeprefix("side-")
    form = form_of(page, reason="Neither is right.")
    chosen = {f"side-{key}": "write", f"text-{key}": "- Amounts are in cents."}

    assert as_ada.post(PAGE, {**form, **chosen}).status_code == 303

    assert rules(store) == START.replace(
        "Amounts are in euros.", "Amounts are in cents."
    )


def test_typed_words_and_choices_survive_a_head_that_moved_elsewhere(
    as_ada, store, disputed
):
    page = previewed(as_ada, f"undo={disputed.name}")
    key = side_in(page).removeprefix("side-")
    form = form_of(page, reason="Neither is right.")
    chosen = {f"side-{key}": "write", f"text-{key}": "- Amounts <are> in cents."}
    applied(store, an_add("Numbers have no commas."))

    page = shown(as_ada.post(PAGE, {**form, **chosen, "bound": "old"}), 409)

    assert form_of(page)[f"side-{key}"] == ["write"]
    assert "- Amounts &lt;are&gt; in cents.</textarea>" in page
    assert "cents.\n" in rules(store)


# Asking others


def test_who_asks_opens_a_proposal_with_exactly_the_inverse(
    as_ada, store, dates, cents
):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="Not my call.")

    answer = as_ada.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk__in=[dates.pk, cents.pk]).get()
    assert answer["Location"] == f"/proposals/{asked.pk}/"
    assert (asked.title, asked.because, asked.by, asked.state) == (
        f"Undo {dates.name}: Dates are ISO 8601.",
        "Not my call.",
        "person:ada",
        "open",
    )
    (operation,) = asked.operations.all()
    assert (operation.kind, operation.before) == ("delete", "Dates are ISO 8601.")
    assert state(dates) == "applied"
    for person in (BOB, LIN):
        decisions.approve(asked, by=person, reason="Right.", hold=0)
    assert "Dates" not in rules(store)


def test_to_ask_twice_leads_to_the_first_request(as_ada, as_bob, store, dates):
    for client in (as_ada, as_bob):
        form = form_of(previewed(client, f"undo={dates.name}"), reason="Not my call.")
        last = client.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk=dates.pk).get()
    assert last["Location"] == f"/proposals/{asked.pk}/"


def test_to_ask_for_a_restore_words_whole_memories(as_ada, store, dates, cents):
    form = form_of(previewed(as_ada, "to=1"), reason="A bad day.")

    as_ada.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk__in=[dates.pk, cents.pk]).get()
    for person in (BOB, LIN):
        if state(asked) == "open":
            decisions.approve(asked, by=person, reason="Right.", hold=0)
    assert rules(store) == START
    assert asked.title == "Restore v1 of support"


def test_to_ask_needs_a_reason_and_no_conflict(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    assert 'name="ask"' not in page

    form = form_of(page, reason=" ")
    assert "Say why" in shown(as_ada.post(PAGE, {**form, "ask": "1"}), 422)
    form["reason"] = ["No cents."]
    page = shown(as_ada.post(PAGE, {**form, "ask": "1"}), 409)
    assert "whoever may roll back has to choose" in page
    assert Proposal.objects.count() == 2
