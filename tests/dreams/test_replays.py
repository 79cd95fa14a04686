"""A proposal tried out: past situations, with its rule and without, at a price said first."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.audit import ledger
from reviews.dreams import dreams, heldout, pipeline, replays
from reviews.dreams.asking import budgets
from reviews.dreams.claude.schemas import Act, Sentence
from reviews.dreams.models import Completion, Replay
from reviews.dreams.replaying import acts, intervals
from reviews.dreams.replaying.situations import Situation
from reviews.errors import Invalid
from reviews.proposals import decisions
from reviews.proposals.models import Evidence, Proposal
from reviews.teams.models import Team
from reviews.traces.steps import Record, Step
from tests.dreams.claude.scripted import answering
from tests.dreams.factories import a_dreaming_store, import_runs
from tests.dreams.stories import call, says, steps
from tests.factories import ADA, BOB, SETUP
from tests.loopback import messages, replies

pytestmark = pytest.mark.django_db

PLENTY = Decimal(10)


def a_fine_run(number: int) -> Record:
    return Record(
        external_id=f"fine-{number}", format="dreamboard", person=f"person-{number % 3}",
        task=f"fine-task-{number}",
        steps=[
            Step(0, "message", "person", f"Please refund number {number}."),
            Step(1, "tool_call", "agent", '{"amount": 1}', "refund", f"c{number}"),
            Step(2, "tool_result", "tool", "ok", "refund", f"c{number}"),
        ],
    )  # fmt: skip


def a_proposal(runs: int = 16, fine: int = 6, team: Team | None = None) -> Proposal:
    store = a_dreaming_store(runs=runs, team=team)
    import_runs(store.subscriptions.get().agent, *map(a_fine_run, range(fine)))
    pipeline.run_inline(dreams.start(store, by=ADA, engine="offline"))
    return Proposal.objects.get(store=store)


def acting(with_rule: str = "1", without: str = "900"):
    """A model that gives another amount once it has read the rule."""

    def act(_, shown):
        knows = any("refund" in one["rule"] for one in shown["memory"])
        amount = with_rule if knows else without
        return Act(
            kind="call", tool="refund", arguments=f'{{"amount": {amount}}}', text=""
        )

    def judge(_, shown):
        fails = "900" in shown["act"]["arguments"]
        return Sentence(verdict="fails" if fails else "avoids", reason="The amount.")

    return answering(act=act, outcome=judge)


def tried(proposal: Proposal) -> Replay:
    replay = replays.start(proposal, by=ADA, agreed=PLENTY, here=True)
    replays.run(replay.pk)
    replay.refresh_from_db()
    return replay


def test_the_price_is_said_before_anybody_is_asked(loopback):
    proposal = a_proposal()

    seen = replays.foresee(proposal)

    assert (seen.failing, seen.fine) == (8, 4)
    assert seen.problem == ""
    assert 0 < seen.estimate < seen.left
    assert not Replay.objects.exists()
    assert not Completion.objects.exists()
    assert loopback.calls == []


def test_a_rule_that_helps_is_seen_to_help_and_what_it_cost(loopback):
    loopback.messages.answer = acting()
    proposal = a_proposal()

    replay = tried(proposal)

    assert replay.state == "completed", replay.problem
    assert (replay.improves, replay.same, replay.breaks) == (12, 0, 0)
    assert 0 < replay.cost <= replay.estimate
    assert replay.results[0]["without"]["worth"] == "fails"
    assert replay.results[0]["with"]["by"] == "model"
    actions = [entry.action for entry in ledger.about(proposal)]
    assert actions[:2] == ["proposal.replayed", "proposal.replay-started"]


def test_a_rule_that_breaks_is_seen_to_break(loopback):
    loopback.messages.answer = acting(with_rule="900", without="1")
    assert tried(a_proposal()).breaks == 12


def test_a_rule_without_effect_changes_nothing(loopback):
    loopback.messages.answer = acting(with_rule="1", without="1")
    assert tried(a_proposal()).same == 12


def test_situations_are_of_runs_that_are_no_evidence(loopback):
    proposal = a_proposal()
    quoted = set(Evidence.objects.values_list("agent", "external_id"))

    found = heldout.find(proposal)

    assert quoted
    assert not {(one.agent, one.trace) for one in found} & quoted
    assert not any(one.quoted for one in found)


def test_where_there_are_no_others_evidence_is_used_and_it_says_so(loopback):
    seen = replays.foresee(a_proposal(runs=5, fine=0))
    assert seen.quoted == len(seen.situations) == 5


def test_a_situation_ends_before_the_call_and_shows_nothing_of_what_came(loopback):
    loopback.messages.answer = acting()
    tried(a_proposal())

    for call_ in loopback.asked("POST", "/v1/messages"):
        assert "exceeds the order's total" not in str(call_.body["messages"]) or (
            "failure" in str(call_.body["messages"])
        )


def test_only_one_side_has_the_rule(loopback):
    loopback.messages.answer = acting()
    proposal = a_proposal()
    tried(proposal)

    acting_ = Completion.objects.filter(purpose="act")
    has = {
        row.name.split(":")[2]: proposal.title.split("`")[0] in str(row.request)
        for row in acting_
    }
    assert acting_.count() == 24
    assert has["with"]


def test_without_a_key_it_says_so_in_one_line():
    seen = replays.foresee(a_proposal())
    assert "key" in seen.problem
    with pytest.raises(Invalid, match="key"):
        replays.start(Proposal.objects.get(), by=ADA, agreed=PLENTY)


def test_more_than_was_agreed_to_is_not_spent(loopback):
    proposal = a_proposal()
    with pytest.raises(Invalid, match="more than you agreed"):
        replays.start(proposal, by=ADA, agreed=Decimal("0.0001"))
    assert not Replay.objects.exists()


def test_more_than_the_budget_has_is_not_spent(loopback):
    proposal = a_proposal()
    budgets.change(proposal.store.team, by=SETUP, per_dream=Decimal("0.01"))
    with pytest.raises(Invalid, match="budget has"):
        replays.start(proposal, by=ADA, agreed=PLENTY)


def test_one_at_a_time(loopback):
    proposal = a_proposal()
    replays.start(proposal, by=ADA, agreed=PLENTY, here=True)
    with pytest.raises(replays.AlreadyReplaying):
        replays.start(proposal, by=BOB, agreed=PLENTY, here=True)


def test_a_decided_proposal_is_not_tried_out(loopback):
    proposal = a_proposal()
    decisions.reject(proposal, by=ADA, reason="No.")
    proposal.refresh_from_db()
    with pytest.raises(Invalid, match="decided"):
        replays.start(proposal, by=ADA, agreed=PLENTY)


def test_a_worker_that_dies_pays_nothing_twice(loopback, monkeypatch):
    loopback.messages.answer = acting()
    proposal = a_proposal()
    replay = replays.start(proposal, by=ADA, agreed=PLENTY, here=True)
    complete = replays._complete
    monkeypatch.setattr(replays, "_complete", _dies)
    with pytest.raises(SystemExit):
        replays.run(replay.pk)
    asked = len(loopback.asked("POST", "/v1/messages"))
    monkeypatch.setattr(replays, "_complete", complete)
    Replay.objects.update(leased_until="2020-01-01T00:00:00Z")
    assert list(replays.lost()) == [replay.pk]

    replays.run(replay.pk)

    replay.refresh_from_db()
    assert replay.state == "completed"
    assert len(loopback.asked("POST", "/v1/messages")) == asked


def _dies(*_):
    raise SystemExit


def test_two_workers_do_not_share_a_replay(loopback):
    loopback.messages.answer = acting()
    replay = replays.start(a_proposal(), by=ADA, agreed=PLENTY, here=True)
    assert replays._claim(replay.pk)

    replays.run(replay.pk)

    replay.refresh_from_db()
    assert replay.state == "running"
    assert loopback.calls == []


def test_a_canceled_replay_stays_canceled(loopback):
    loopback.messages.answer = acting()
    replay = replays.start(a_proposal(), by=ADA, agreed=PLENTY, here=True)

    replays.cancel(replay, by=BOB)
    replays.run(replay.pk)

    replay.refresh_from_db()
    assert replay.state == "canceled"
    with pytest.raises(replays.ReplayOver):
        replays.cancel(replay, by=BOB)


def test_a_new_wording_is_not_judged_by_the_old_ones_replay(loopback):
    loopback.messages.answer = acting()
    proposal = a_proposal()
    replay = replays.start(proposal, by=ADA, agreed=PLENTY, here=True)
    Proposal.objects.filter(pk=proposal.pk).update(wording=2)

    replays.run(replay.pk)

    replay.refresh_from_db()
    assert replay.state == "failed"
    assert "worded anew" in replay.problem


def test_a_model_that_refuses_everything_leaves_a_reason(loopback):
    loopback.messages.answer = messages.refusal
    replay = tried(a_proposal())
    assert replay.state == "failed"
    assert "refused" in replay.problem


def test_a_limit_that_passes_lets_it_rest_and_go_on(loopback):
    loopback.messages.answer = acting()
    replay = replays.start(a_proposal(), by=ADA, agreed=PLENTY, here=True)
    loopback.play(*[replies.limited(120)] * 3, on="/v1/messages")
    replays.run(replay.pk)
    replay.refresh_from_db()
    assert replay.state == "running"
    assert not list(replays.lost())
    Replay.objects.update(leased_until="2020-01-01T00:00:00Z")

    replays.run(replay.pk)

    replay.refresh_from_db()
    assert replay.state == "completed", replay.problem


# What code can judge by itself


def situation(*told, **more):
    made = tuple(steps(*told))
    return Situation(
        **{
            "agent": "clerk", "trace": "t", "step": len(made), "person": "p",
            "failed": True, "quoted": False, "steps": made, "tools": {}, **more,
        }
    )  # fmt: skip


def calls(tool, arguments="{}"):
    return Act(kind="call", tool=tool, arguments=arguments, text="")


BEFORE = {"tool": "lookup", "feature": "after:search", "when": "absent"}
ARGUMENT = {"tool": "search", "feature": "has:limit", "when": "present"}
LOOP = {"signal": "loop"}
COURSE = {"anchor": "commit", "steps": "format\nlint"}


@pytest.mark.parametrize(
    ("trigger", "before", "act", "worth"),
    [
        (BEFORE, says("Look."), calls("lookup"), "fails"),
        (BEFORE, says("Look."), calls("search"), "avoids"),
        (BEFORE, call("search", {"q": "x"}), calls("lookup"), "avoids"),
        (ARGUMENT, says("Find."), calls("search", '{"limit": 3}'), "fails"),
        (ARGUMENT, says("Find."), calls("search", '{"q": "x"}'), "avoids"),
        (LOOP, call("search", {"q": "x"}), calls("search", '{"q":"x"}'), "fails"),
        (LOOP, call("search", {"q": "x"}), calls("search", '{"q":"y"}'), "avoids"),
        (COURSE, call("format"), calls("commit"), "fails"),
        (COURSE, call("format"), calls("lint"), "avoids"),
        (COURSE, [*call("format"), *call("lint")], calls("commit"), "avoids"),
    ],
)
def test_what_can_be_told_from_the_call_is_judged_by_code(trigger, before, act, worth):
    told = acts.by_code(trigger, situation(says("Begin."), before), act)
    assert told is not None
    assert told[0] == worth


@pytest.mark.parametrize(
    ("trigger", "act"),
    [
        (BEFORE, Act(kind="say", tool="", arguments="", text="Shall I?")),
        (BEFORE, calls("something_else")),
        ({"tool": "refund", "template": "no"}, calls("refund")),
        ({}, calls("refund")),
        (LOOP, Act(kind="stop", tool="", arguments="", text="")),
    ],
)
def test_what_cannot_be_told_from_the_call_is_left_to_a_model(trigger, act):
    assert acts.by_code(trigger, situation(says("Begin.")), act) is None


@pytest.mark.parametrize(
    ("without", "with_rule", "verdict"),
    [
        ("fails", "avoids", "improves"),
        ("avoids", "fails", "breaks"),
        ("fails", "fails", "same"),
        ("avoids", "avoids", "same"),
        ("unclear", "avoids", "unclear"),
        ("fails", "unclear", "unclear"),
    ],
)
def test_what_a_rule_did_in_a_situation(without, with_rule, verdict):
    assert acts.compared(without, with_rule) == verdict


@given(of=st.integers(1, 200), data=st.data())
def test_an_interval_holds_its_share_and_stays_within_bounds(of, data):
    times = data.draw(st.integers(0, of))
    low, share, high = intervals.wilson(times, of)
    assert 0 <= low <= share <= high <= 1


def test_known_intervals():
    assert intervals.wilson(8, 10)[::2] == pytest.approx((0.490, 0.943), abs=0.001)
    assert intervals.wilson(0, 0) == (0.0, 0.0, 1.0)
    assert intervals.sign_test(6, 0) == pytest.approx(0.03125)
    assert intervals.sign_test(0, 0) == 1.0


def test_of_a_large_store_only_the_newest_runs_are_looked_through(
    loopback, monkeypatch
):
    proposal = a_proposal()
    monkeypatch.setattr(heldout, "MOST_RUNS", 10)
    assert 0 < len(heldout.find(proposal)) <= 10
