"""The next dream answers whoever sent a proposal back, with every engine, once."""

import pytest

from reviews.dreams import dreams, following, pipeline
from reviews.dreams.models import Dream, Finding
from reviews.memory import versions
from reviews.proposals import decisions, turns, wishes
from reviews.proposals.models import Evidence, Proposal
from reviews.teams.models import User
from tests.dreams.counting import rule_of
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, BOB, a_user

pytestmark = pytest.mark.django_db
State = Proposal.State


def dream_of(store, engine="counting"):
    return pipeline.run_inline(dreams.start(store, by=ADA, engine=engine))


@pytest.fixture
def store():
    store = a_dreaming_store(runs=5)
    a_user("ada", store.team)
    dream_of(store)
    return store


@pytest.fixture
def proposal(store):
    found = Proposal.objects.get()
    Proposal.objects.update(alternatives=["Look twice before `refund`."])
    found.refresh_from_db()
    return found


def ask(proposal, wish):
    return decisions.request_changes(proposal, by=ADA, wanted=wish)


def test_other_words_are_the_next_wording_and_whoever_asked_has_the_turn(
    store, proposal
):
    ask(proposal, wishes.Words("Look twice before `refund`."))

    dream = dream_of(store)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.wording) == (State.OPEN, 2)
    newest = proposal.wordings.get(number=2)
    assert (newest.by, newest.texts["0"]) == (
        "system:counting",
        "Look twice before `refund`.",
    )
    (turn,) = turns.of([proposal])[proposal.pk]
    assert (turn.user.username, turn.why, turn.by) == (
        "ada",
        "answered",
        "system:counting",
    )
    finding = dream.findings.get(code=following.FOLLOWED)
    assert (finding.result, finding.proposal) == (Finding.Result.UPDATED, proposal)
    assert finding.reason == "As ada asked: Rather: “Look twice before `refund`.”"


@pytest.mark.parametrize("engine", ["counting", "offline"])
def test_a_dream_without_a_new_trace_answers_too_whatever_its_engine(
    store, proposal, engine
):
    dream_of(store, engine)
    ask(proposal, wishes.Words("Look twice before `refund`."))

    dream = dream_of(store, engine)

    assert dream.counts["new"] == 0
    assert dream.notes[-1] == (
        "Reworded 1 proposal as people had asked: it is open again."
    )
    proposal.refresh_from_db()
    assert proposal.state == State.OPEN


def test_a_narrower_scope_is_followed_applied_and_found_again(store, proposal):
    ask(proposal, wishes.Scope("agent", "shop"))

    dream = dream_of(store)

    proposal.refresh_from_db()
    successor = proposal.superseded_by
    assert dream.findings.get(code=following.FOLLOWED).proposal == successor
    assert Evidence.objects.filter(operation__proposal=successor).count() == 5
    decisions.approve(successor, by=BOB, hold=0)
    text = versions.head_texts(store)["/agents/shop/tools.md"]
    assert rule_of("refund") in text
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number) for number in range(5, 8)])
    dream_of(store)
    assert not Proposal.objects.filter(state=State.OPEN).exists()


def test_new_evidence_and_an_answer_come_in_one_dream(store, proposal):
    ask(proposal, wishes.Words("Look twice before `refund`."))
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number) for number in range(5, 8)])

    dream = dream_of(store)

    assert sorted(dream.findings.values_list("code", flat=True)) == ["", "followed"]
    assert dream.counts["updated"] == 1
    proposal.refresh_from_db()
    assert (proposal.wording, proposal.counts["runs"]) == (2, 8)


def test_what_cannot_be_followed_says_why_and_stays_where_it_was(store, proposal):
    versions.commit(store, {"/rules.md": "- Be kind.\n"}, by=BOB, reason="A start.")
    decision = ask(proposal, wishes.Place("/rules.md", ()))
    versions.commit(store, {"/rules.md": None}, by=BOB, reason="The end.")

    dream = dream_of(store)

    finding = dream.findings.get(code=following.NOT_FOLLOWED)
    assert finding.reason == "There is no /rules.md any more."
    assert dream.notes[-1].startswith("Could not follow 1 request for changes")
    assert dream.counts.get("refused", 0) == 0
    proposal.refresh_from_db()
    decision.refresh_from_db()
    assert (proposal.state, proposal.wording) == (State.CHANGES_REQUESTED, 1)
    assert decision.note == "Not followed: There is no /rules.md any more."


def test_a_wish_that_nobody_can_read_any_more_keeps_no_store_from_dreaming(
    store, proposal
):
    decision = ask(proposal, wishes.Scope("agent", "shop"))
    decision.wishes = {"wish": "scope", "scope": "galaxy"}
    decision.save(update_fields=["wishes"])

    dream = dream_of(store)

    assert dream.state == Dream.State.COMPLETED
    finding = dream.findings.get(code=following.NOT_FOLLOWED)
    assert finding.reason == "That is nothing that can be asked for."


def test_what_was_declined_is_not_said_again_until_memory_has_changed(store, proposal):
    versions.commit(store, {"/rules.md": "- Be kind.\n"}, by=BOB, reason="A start.")
    ask(proposal, wishes.Place("/rules.md", ()))
    versions.commit(store, {"/rules.md": None}, by=BOB, reason="The end.")
    dream_of(store)

    again = dream_of(store)
    versions.commit(store, {"/rules.md": "- Be kind.\n"}, by=BOB, reason="Back.")
    last = dream_of(store)

    assert not again.findings.filter(code__in=following.CODES).exists()
    assert last.findings.get(code=following.FOLLOWED).proposal.state == State.OPEN


def test_a_dream_that_is_carried_on_answers_nothing_twice(store, proposal, monkeypatch):
    other = a_second(store)
    for each in (proposal, other):
        ask(each, wishes.Scope("agent", "shop"))

    class Died(Exception):
        """A worker was killed between two answers."""

    note, noted = following._note, []

    def dies(*args):
        note(*args)
        noted.append(args)
        if len(noted) == 2:
            raise Died

    monkeypatch.setattr(following, "_note", dies)
    dream = dreams.start(store, by=ADA, engine="counting")
    with pytest.raises(Died):
        pipeline.advance(dream.pk)
    assert dream.findings.filter(code=following.FOLLOWED).count() == 1
    monkeypatch.setattr(following, "_note", note)
    Dream.objects.update(leased_until=None)

    pipeline.run_inline(dream)

    assert dream.findings.filter(code=following.FOLLOWED).count() == 2
    for each in (proposal, other):
        each.refresh_from_db()
        assert each.superseded_by.wordings.count() == 2
    assert Proposal.objects.filter(state=State.OPEN).count() == 2


def a_second(store):
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "cancel") for number in range(4)])
    dream_of(store)
    return Proposal.objects.get(title=rule_of("cancel"))


def test_the_dream_s_page_says_what_was_followed(store, proposal, client):
    ask(proposal, wishes.Words("Look twice before `refund`."))
    dream = dream_of(store)
    client.force_login(
        User.objects.get(username="ada"), "django.contrib.auth.backends.ModelBackend"
    )

    page = client.get(f"/dreams/{dream.pk}/").content.decode()

    assert "reworded as asked" in page
    assert "As ada asked: Rather:" in page
