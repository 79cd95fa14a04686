"""Real workers on a real broker, killed with -9: the dream completes, nothing is doubled."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from django.utils import timezone

from dreamboard import databases, home, valkey
from reviews.audit.models import LedgerEntry
from reviews.dreams import dreams, fadings, following, pipeline
from reviews.dreams.engines import registry
from reviews.dreams.models import Digest, Dream, Finding, Pattern, Shard, Signal
from reviews.proposals import decisions, wishes
from reviews.proposals.models import Evidence, Proposal
from reviews.traces.steps import Record
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA

pytestmark = pytest.mark.django_db(transaction=True)


class Workers:
    """Processes as production has them, on the test's database and broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.running: list[subprocess.Popen[bytes]] = []
        self.broker = self._spawn(valkey.command(folder, self.socket))
        wait_until(lambda: valkey.answers(self.socket))

    def start(self, hang: str = "") -> subprocess.Popen[bytes]:
        return self._spawn(
            self._celery("worker", "--concurrency=1", "--loglevel=warning"), HANG=hang
        )

    def call(self, task: str, *args: int) -> None:
        command = self._celery("call", task, f"--args={list(args)}")
        subprocess.run(
            command, check=True, env=self._environment(), stdout=subprocess.DEVNULL
        )

    def stop(self) -> None:
        for process in reversed(self.running):
            kill(process)

    def _celery(self, *words: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "celery",
            "-q",
            "-A",
            "tests.dreams.worker",
            *words,
        ]

    def _environment(self, **more: str) -> dict[str, str]:
        database = connection.settings_dict
        url = databases.embedded_url(Path(database["HOST"]))
        named = url.replace(f"/{databases.NAME}?", f"/{database['NAME']}?")
        return (
            os.environ
            | more
            | {
                "DJANGO_SETTINGS_MODULE": "dreamboard.settings",
                "DATABASE_URL": named,
                "CELERY_BROKER_URL": f"redis+socket://{self.socket}",
                "DREAMBOARD_HOME": str(self.folder),
            }
        )

    def _spawn(self, command: list[str], **more: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            env=self._environment(**more),
            cwd=home.PROJECT,
            start_new_session=True,
        )
        self.running.append(process)
        return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children, as nothing can be prepared for."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)


@pytest.fixture
def workers(tmp_path_factory, monkeypatch):
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")
    monkeypatch.setattr(dreams, "SHARD_SIZE", 2)
    found = Workers(tmp_path_factory.mktemp("b"))
    yield found
    found.stop()


@pytest.fixture
def dream():
    store = a_dreaming_store(runs=6)
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "cancel") for number in range(4)])
    return dreams.start(store, by=ADA, engine="counting")


def a_minute_passes() -> None:
    past = timezone.now() - timezone.timedelta(seconds=1)
    Dream.objects.filter(leased_until__isnull=False).update(leased_until=past)
    Shard.objects.filter(leased_until__isnull=False).update(leased_until=past)


def completes(workers: Workers, dream: Dream) -> None:
    a_minute_passes()
    workers.start()
    workers.call("reviews.dreams.tick")
    wait_until(lambda: not Dream.objects.filter(state__in=dreams.UNFINISHED).exists())
    dream.refresh_from_db()
    assert dream.state == "completed", dream.error
    assert dream.counts["evaluated"] == Digest.objects.count() == 10
    assert Signal.objects.count() == 10
    assert dream.findings.count() == Proposal.objects.count() == 2
    pieces = Evidence.objects.values_list("operation", "external_id", "step", "start")
    assert len(pieces) == len(set(pieces)) > 0


def test_a_worker_killed_while_evaluating_loses_nothing_and_doubles_nothing(
    workers, dream
):
    doomed = workers.start(hang="evaluate")
    workers.call("reviews.dreams.run", dream.pk)
    wait_until(
        lambda: (
            Shard.objects.filter(done_at=None, leased_until__isnull=False).exists()
            and Shard.objects.exclude(done_at=None).exists()
        )
    )

    kill(doomed)

    assert 0 < Digest.objects.count() < 10
    completes(workers, dream)


def test_a_worker_killed_while_submitting_loses_nothing_and_doubles_nothing(
    workers, dream
):
    doomed = workers.start(hang="submit")
    workers.call("reviews.dreams.run", dream.pk)
    wait_until(Proposal.objects.exists)

    kill(doomed)

    assert Proposal.objects.count() == 1
    completes(workers, dream)


@pytest.mark.parametrize("stage", ["extract", "draft", "check"])
def test_a_worker_killed_between_reading_and_submitting_begins_there_again(
    workers, dream, stage
):
    doomed = workers.start(hang=stage)
    workers.call("reviews.dreams.run", dream.pk)
    wait_until(lambda: stage_of(dream) == stage)

    kill(doomed)

    assert not Proposal.objects.exists()
    completes(workers, dream)


def test_a_worker_killed_while_withdrawing_what_has_faded_withdraws_each_of_it_once(
    workers,
):
    store = a_dreaming_store(runs=0)
    agent = store.subscriptions.get().agent
    import_runs(agent, *in_march("refund", "Refunds must be asked for within a week"))
    import_runs(agent, *in_march("cancel", "Orders must be unpaid to be canceled"))
    pipeline.run_inline(dreams.start(store, by=ADA, engine="offline", here=True))
    assert Proposal.objects.filter(state="open").count() == 2
    import_runs(
        agent,
        msgspec.structs.replace(
            a_failing_run(9, "return"), started_at="2026-09-01T08:00:00Z"
        ),
    )
    dream = dreams.start(store, by=ADA, engine="offline")
    doomed = workers.start(hang="fade")
    workers.call("reviews.dreams.run", dream.pk)
    wait_until(Proposal.objects.filter(state="withdrawn").exists)

    kill(doomed)

    a_minute_passes()
    workers.start()
    workers.call("reviews.dreams.tick")
    wait_until(lambda: not Dream.objects.filter(state__in=dreams.UNFINISHED).exists())
    assert Proposal.objects.filter(state="withdrawn").count() == 2
    assert dream.findings.filter(code=fadings.FADED).count() == 2
    assert LedgerEntry.objects.filter(action="proposal.discarded").count() == 2
    dream.refresh_from_db()
    assert "Withdrew 2 open proposals: their patterns have faded." in dream.notes


def in_march(tool: str, said: str) -> list[Record]:
    runs = [a_failing_run(number, tool, f"Error: {said}") for number in range(4)]
    return [
        msgspec.structs.replace(run, started_at="2026-03-01T08:00:00Z") for run in runs
    ]


def stage_of(dream: Dream) -> str:
    dream.refresh_from_db()
    return dream.stage


def test_a_worker_killed_in_a_dry_run_leaves_no_proposal_and_doubles_nothing(workers):
    store = a_dreaming_store(runs=4)
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "cancel") for number in range(4)])
    dream = dreams.start(store, by=ADA, engine="counting", dry=True)
    doomed = workers.start(hang="foresee")
    workers.call("reviews.dreams.run", dream.pk)
    wait_until(dream.findings.exists)

    # Within the transaction in which its second proposal stands, for a moment.
    kill(doomed)

    a_minute_passes()
    workers.start()
    workers.call("reviews.dreams.tick")
    wait_until(lambda: not Dream.objects.filter(state__in=dreams.UNFINISHED).exists())
    results = list(dream.findings.values_list("result", flat=True))
    assert results == [Finding.Result.WOULD] * 2
    assert not Proposal.objects.exists()
    assert not Pattern.objects.exists()


def test_a_worker_killed_while_following_wishes_answers_each_of_them_once(
    workers, dream
):
    pipeline.run_inline(dream)
    for proposal in Proposal.objects.all():
        decisions.request_changes(
            proposal, by=ADA, wanted=wishes.Scope("agent", "shop")
        )
    second = dreams.start(dream.store, by=ADA, engine="counting")
    doomed = workers.start(hang="follow")
    workers.call("reviews.dreams.run", second.pk)
    wait_until(second.findings.filter(code=following.FOLLOWED).exists)

    kill(doomed)

    assert Proposal.objects.count() == 3
    a_minute_passes()
    workers.start()
    workers.call("reviews.dreams.tick")
    wait_until(lambda: not Dream.objects.filter(state__in=dreams.UNFINISHED).exists())
    assert second.findings.filter(code=following.FOLLOWED).count() == 2
    assert Proposal.objects.filter(state="open", scope="agent").count() == 2
    assert Proposal.objects.count() == 4
