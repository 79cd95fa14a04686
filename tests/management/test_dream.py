"""Dreaming and scheduling from the command line."""

import io

import pytest
from django.core.management import call_command

from reviews.dreams import dreams, leases, messages
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, Schedule
from reviews.proposals.models import Proposal
from tests.dreams.counting import Counting, rule_of
from tests.dreams.factories import a_dreaming_store
from tests.factories import ADA, a_user
from tests.management.test_accounts import refusal, run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No workers, and the counting engine beside the others."""
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")
    monkeypatch.setattr(messages, "somebody_listens", lambda: False)


@pytest.fixture
def store():
    return a_dreaming_store(runs=3, name="refunds")


def test_without_workers_the_command_dreams_itself_and_says_what_came_of_it(store):
    said = run("dream", "refunds", "--engine", "counting")

    proposal = Proposal.objects.get()
    assert said["state"] == "completed"
    assert list(said["stages"]) == Dream.Stage.values
    assert said["proposals"] == [
        {"id": proposal.name, "result": "proposed", "statement": rule_of("refund")}
    ]
    assert said["refused"] == []
    assert said["counts"]["new"] == 3


def test_people_read_the_same_in_sentences(store):
    out = io.StringIO()

    call_command("dream", "refunds", "--engine", "counting", stdout=out)

    assert "Read 3 traces, 3 of them new." in out.getvalue()
    assert f"{Proposal.objects.get().name}" in out.getvalue()


def test_whoever_starts_it_is_named_and_must_be_allowed_to(store):
    a_user("ada", store.team)
    a_user("vera", store.team, "viewer")

    run("dream", "refunds", "--engine", "counting", "--by", "ada")
    code, error = refusal("dream", "refunds", "--by", "vera")

    assert Dream.objects.get().by == "person:ada"
    assert (code, error["code"]) == (1, "not-allowed")


def test_a_store_that_dreams_already_is_refused_with_the_dream_that_it_is_in(store):
    dream = dreams.start(store, by=ADA)
    leases.claim(dream.pk)

    code, error = refusal("dream", "refunds")

    assert (code, error["code"], error["dream"]) == (1, "already-dreaming", dream.pk)


def test_a_dream_whose_worker_was_killed_goes_on(store):
    dream = dreams.start(store, by=ADA, engine="counting")
    leases.claim(dream.pk)
    Dream.objects.update(leased_until=dream.created_at)

    said = run("dream", "refunds")

    assert (said["dream"], said["state"]) == (dream.pk, "completed")


def test_a_dream_that_fails_ends_with_code_1_and_its_sentence(store, monkeypatch):
    monkeypatch.setattr(
        registry, "engine_of", lambda dream: registry.get("no-such-engine")
    )
    out = io.StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("dream", "refunds", "--engine", "counting", stdout=out)

    assert end.value.code == 1
    assert "failed. There is no engine “no-such-engine”" in out.getvalue()


def test_control_c_cancels_the_dream_so_that_the_next_may_start(store, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Counting, "propose", interrupted)

    with pytest.raises(SystemExit) as end:
        call_command("dream", "refunds", "--engine", "counting", stdout=io.StringIO())

    assert end.value.code == 1
    assert Dream.objects.get().state == "canceled"


def test_with_workers_it_is_left_to_them(store, monkeypatch):
    monkeypatch.setattr(messages, "somebody_listens", lambda: True)

    said = run("dream", "refunds", "--engine", "counting")

    assert said["state"] == "pending"
    assert Dream.objects.get().state == "pending"


def test_a_dry_run_says_what_it_would_propose(store):
    said = run("dream", "refunds", "--engine", "counting", "--dry-run")

    (would,) = said["would"]
    assert (said["dry"], said["proposals"]) == (True, [])
    assert (would["statement"], would["becomes"]) == (rule_of("refund"), "opened")
    assert would["draft"]["operations"][0]["after"] == rule_of("refund")
    assert not Proposal.objects.exists()


def test_people_read_what_a_dry_run_would_propose(store):
    out = io.StringIO()

    call_command("dream", "refunds", "--engine", "counting", "--dry-run", stdout=out)

    assert f"would: {rule_of('refund')}" in out.getvalue()
    assert "it would propose 1 change, and proposed nothing" in out.getvalue()


def test_the_command_has_the_same_word_as_pages_for_what_is_not_proposed(store):
    call_command("dream", "refunds", "--engine", "counting", stdout=io.StringIO())
    out = io.StringIO()

    call_command("dream", "refunds", again=Dream.objects.get().pk, stdout=out)

    assert f"not proposed: {rule_of('refund')} (" in out.getvalue()
    assert "refused" not in out.getvalue()


def test_a_dream_is_dreamt_again_with_its_own_engine(store):
    first = run("dream", "refunds", "--engine", "counting")

    second = run("dream", "refunds", "--again", str(first["dream"]))

    assert (second["again_of"], second["engine"]) == (first["dream"], "counting/1")
    assert second["counts"]["digests"] == 3


def test_what_a_dream_proposed_is_discarded_with_a_reason(store):
    dream = run("dream", "refunds", "--engine", "counting")["dream"]

    code, error = refusal("dream", "refunds", "--discard", str(dream))
    said = run("dream", "refunds", "--discard", str(dream), "--reason", "Wrong log.")

    assert (code, error["code"]) == (1, "reason-missing")
    proposal = Proposal.objects.get()
    assert said == {"dream": dream, "discarded": [proposal.name], "left": {}}
    assert proposal.state == "withdrawn"
    code, error = refusal(
        "dream", "refunds", "--discard", str(dream), "--reason", "Wrong log."
    )
    assert (code, error["code"]) == (1, "nothing-to-discard")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--again", "999999"], "not-found"),
        (["--discard", "999999", "--reason", "x"], "not-found"),
        (["--window-days", "0"], "invalid"),
        (["--again", "1", "--window-days", "3"], "invalid"),
        (["--engine", "claude"], "engine-away"),
    ],
)
def test_a_dream_that_cannot_be_is_refused(store, words, code):
    assert refusal("dream", "refunds", *words)[1]["code"] == code
    assert not Dream.objects.exists()


def test_a_schedule_keeps_its_engine_until_it_is_told_another(store):
    run("schedule", "refunds", "--cron", "0 3 * * *", "--engine", "counting")

    said = run("schedule", "refunds", "--timezone", "Europe/Vienna")

    assert (said["engine"], Schedule.objects.get().engine) == ("counting", "counting")


def test_a_store_is_scheduled_and_asked_when_it_dreams_next():
    a_dreaming_store(runs=1, name="refunds")

    said = run(
        "schedule", "refunds", "--cron", "0 3 * * 1-5", "--timezone", "Europe/Vienna"
    )

    assert said["words"] == "At 03:00 on Monday through Friday"
    assert len(said["next"]) == 3
    assert run("schedule", "refunds") == said


def test_a_schedule_that_cannot_ask_yet_warns_at_once(store):
    said = run("schedule", "refunds", "--cron", "0 3 * * *", "--engine", "claude")

    assert said["warning"].startswith("No key for Anthropic's API is set")
    assert "Until then its dreams are the offline engine's alone" in said["warning"]


def test_a_schedule_is_paused_and_kept(store):
    run("schedule", "refunds", "--cron", "0 3 * * *")

    said = run("schedule", "refunds", "--off")

    assert (said["enabled"], said["next"]) == (False, [])
    assert Schedule.objects.get().cron == "0 3 * * *"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--cron", "at night"], "bad-schedule"),
        (["--cron", "0 3 * * *", "--timezone", "Mars/Olympus"], "bad-schedule"),
        ([], "not-found"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(store, words, code):
    assert refusal("schedule", "refunds", *words)[1]["code"] == code
