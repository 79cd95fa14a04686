"""One command starts everything, keeps it running and stops it."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest

from dreamboard import valkey
from dreamboard.home import Home
from tests.platform.processes import leave_nothing, run, until, up, users_of

pytestmark = pytest.mark.journey


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    yield folder
    leave_nothing(folder)


def pid_of(home, words: str) -> int:
    """The oldest process of this data folder whose command line has the words."""
    return min(pid for pid, command in users_of(home).items() if words in command)


def test_everything_starts_survives_and_stops_and_a_second_start_keeps_the_data(home):
    with up(home) as first:
        code = first.read_until(r"/setup/\?code=(\S+)")[1]
        assert (home / "setup-code").read_text() == code
        assert first.get("/healthz") == 200
        until(lambda: first.get("/readyz") == 200)

        refuses_a_second_up(home, first.port)
        assert_commands_use_the_running_database(home)
        for words in ("granian", "bin/postgres -D", "valkey-server"):
            comes_back_when_killed(first, words)

        began = time.monotonic()
        assert first.stop() == 0
        assert time.monotonic() - began < 30
        assert not users_of(home)

    with up(home) as second:
        second.read_until("Sign in with your name")
        assert second.stop() == 0
    assert "max is admin of home" in run(home, "adduser", "max", "--role=admin")[1]


def refuses_a_second_up(home, port: int) -> None:
    code, said = run(home, "up", PORT="1")

    assert code == 1
    assert re.fullmatch(
        rf"dreamboard: Dreamboard runs already, at http://localhost:{port} "
        r"\(process \d+\), with the data in .*\n",
        said,
    )


def assert_commands_use_the_running_database(home) -> None:
    code, said = run(home, "adduser", "max", "--role=admin")

    assert code == 0
    assert "max is admin of home." in said


def comes_back_when_killed(running, words: str) -> None:
    killed = pid_of(running.home, words)
    os.kill(killed, signal.SIGKILL)

    running.read_until(r"ended \(killed by SIGKILL\); starting it again")
    until(lambda: running.get("/readyz") == 200)
    assert pid_of(running.home, words) != killed


def test_servers_elsewhere_take_the_place_of_the_embedded_ones(home, cluster, tmp_path):
    with cluster.connect() as admin:
        admin.execute("CREATE DATABASE elsewhere")
    socket_folder = Home(tmp_path / "broker")
    socket_folder.prepare()
    command = valkey.command(tmp_path / "broker", socket_folder.broker_socket)
    broker = subprocess.Popen(command)
    servers = {
        "DATABASE_URL": f"host={cluster.sockets} user=dreamboard dbname=elsewhere",
        "CELERY_BROKER_URL": f"redis+socket://{socket_folder.broker_socket}",
    }
    try:
        with up(home, **servers) as running:
            running.read_until("Dreamboard is ready")
            until(lambda: running.get("/readyz") == 200)

            said = " ".join(users_of(home).values())
            assert "bin/postgres" not in said
            assert "valkey-server" not in said
            assert running.stop() == 0
    finally:
        broker.terminate()
        broker.wait()
        leave_nothing(tmp_path / "broker")


def test_killing_up_itself_leaves_nothing_behind(home):
    with up(home) as running:
        running.read_until("Dreamboard is ready")

        running.process.kill()

        until(lambda: not users_of(home))


def test_a_busy_port_is_refused_in_a_sentence(home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        code, said = run(home, "up", PORT=str(port))

    assert code == 1
    assert said == (
        f"dreamboard: Port {port} of 127.0.0.1 cannot be had: address already in use. "
        f"Choose another, for example PORT={port + 1}.\n"
    )


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()

    code, said = run(tmp_path / "file" / "home", "up")

    assert code == 1
    assert said.startswith("dreamboard: The data folder ")
    assert "DREAMBOARD_HOME" in said
    assert said.count("\n") == 1
