"""The embedded database for commands that run without `up`.

The first command starts a keeper, the keeper starts PostgreSQL and stops it when the
last command has gone, however it went: the lease is freed by the kernel.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from dreamboard import home, lease, postgres
from dreamboard.env import Misconfigured
from dreamboard.home import PROJECT, Home
from dreamboard.postgres import Cluster, DoesNotStart

_READY = "ready"
_UP_LIMIT = 60.0


@contextlib.contextmanager
def lent_database(home: Home, *, when_started: Callable[[], None]) -> Iterator[None]:
    """Have the database run meanwhile: the one of `up`, else one of our own.

    ``when_started`` runs once per start, before anybody else gets to use it.
    """
    home.prepare()
    cluster = Cluster.within(home.path, home.sockets)
    with contextlib.ExitStack() as using:
        with lease.alone(home.starting):
            if lease.is_held(home.running):
                _wait_for_up(cluster)
            else:
                using.enter_context(lease.shared(home.lease))
                if not cluster.answers():
                    _start_keeper(home)
                    when_started()
        yield


def _wait_for_up(cluster: Cluster) -> None:
    """`up` restarts a database that died; starting another would get in its way."""
    deadline = time.monotonic() + _UP_LIMIT
    while not cluster.answers():
        if time.monotonic() > deadline:
            raise Misconfigured("The database of the running `up` does not answer.")
        time.sleep(0.2)


def _start_keeper(home: Home) -> None:
    reading, writing = os.pipe()
    keeper = subprocess.Popen(
        [sys.executable, "-m", "dreamboard.keeper"],
        env=os.environ | {"DREAMBOARD_HOME": str(home.path)},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        start_new_session=True,
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        said = stream.read().strip()
    # It goes on without us and nobody waits for it: spare Python its warning.
    keeper.returncode = 0
    if said != _READY:
        raise DoesNotStart(said or "The embedded PostgreSQL did not start.")


def keep(home: Home) -> None:
    """Start the database, say so on stdout, and stop it when nobody uses it any more."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    cluster = Cluster.within(home.path, home.sockets)
    cluster.create()
    with (home.path / "postgres.log").open("wb") as log:
        server = cluster.start(log)
    try:
        cluster.wait_until_ready(server)
        cluster.ensure_database()
        _say(_READY)
        with lease.alone(home.lease):
            # Still alone: whoever comes now waits, and then starts it anew.
            postgres.stop(server)
    finally:
        if server.poll() is None:
            postgres.stop(server)


def _say(sentence: str) -> None:
    """Tell who started us, then let go of every stream of theirs."""
    print(sentence, flush=True)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nothing, stream.fileno())
    os.close(nothing)


if __name__ == "__main__":
    try:
        keep(home.from_environment())
    except (DoesNotStart, Misconfigured) as error:
        print(error)
        sys.exit(1)
