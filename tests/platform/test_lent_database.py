"""Commands work without `up`: the database comes with the first and goes with the last."""

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from dreamboard import postgres, processes
from dreamboard.home import Home
from dreamboard.postgres import Cluster
from tests.platform.processes import leave_nothing, manage, run, until, users_of

pytestmark = pytest.mark.journey

HOLD = (
    "from reviews.models import User; print(User.objects.count(), flush=True);"
    "import time; time.sleep(60)"
)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    yield folder
    leave_nothing(folder)


def test_a_command_brings_its_database_and_leaves_nothing_running(home):
    code, said = run(home, "adduser", "max", "--role=admin", "--json")

    assert code == 0
    assert json.loads(said)["user"] == "max"
    until(lambda: not users_of(home))
    code, said = run(home, "ledger", "verify", "--json")
    assert code == 0
    assert json.loads(said)["unbroken"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to become somebody else")
def test_root_without_namespaces_runs_the_database_as_nobody(monkeypatch):
    monkeypatch.setattr(processes, "namespaces_work", lambda: False)
    # The tests' own folders are closed to nobody, as somebody's home would be.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder) / "home")
        home.prepare()
        cluster = Cluster.within(home.path, home.sockets)
        cluster.create()
        server = cluster.start(subprocess.DEVNULL)
        try:
            cluster.wait_until_ready(server)
            assert Path(f"/proc/{server.pid}").stat().st_uid == processes.NOBODY
            home.prepare()
        finally:
            postgres.stop(server)


def test_commands_at_the_same_time_share_one_database_until_the_last_ends(home):
    holders = [manage(home, "shell", "--verbosity=0", "--command", HOLD) for _ in "12"]
    for holder in holders:
        assert holder.stdout.readline() == "0\n"
    servers = [pid for pid, said in users_of(home).items() if "bin/postgres -D" in said]
    assert len(servers) == 1

    os.kill(holders[0].pid, signal.SIGKILL)
    holders[0].communicate()

    assert Cluster.within(home, Home(home).sockets).answers()
    holders[1].kill()
    holders[1].communicate()
    until(lambda: not users_of(home))


def test_a_database_that_outlived_its_keeper_is_taken_over(home):
    holder = manage(home, "shell", "--verbosity=0", "--command", HOLD)
    assert holder.stdout.readline() == "0\n"
    keeper = next(pid for pid, said in users_of(home).items() if "keeper" in said)

    os.kill(keeper, signal.SIGKILL)
    holder.kill()
    holder.communicate()

    assert run(home, "ledger", "verify")[0] == 0
