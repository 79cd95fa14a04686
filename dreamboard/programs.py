"""The five programs of an installation on one machine, and how each starts and stops."""

import signal
import subprocess
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import IO

from dreamboard import group, postgres, valkey
from dreamboard.group import Program
from dreamboard.home import Home
from dreamboard.postgres import Cluster, DoesNotStart

CELERY = ("-m", "celery", "--quiet", "--app", "dreamboard.celery:app")
WORKERS = 2
# As many as the pool has database connections: more would only wait for one.
WEB_THREADS = 8
_VALKEY_LIMIT = 20.0
_WEB_LIMIT = 120.0


def database(cluster: Cluster) -> Program:
    """PostgreSQL in its data folder."""

    def wait(server: "subprocess.Popen[bytes]") -> None:
        cluster.wait_until_ready(server)
        cluster.ensure_database()

    return Program(
        "postgres", cluster.start, stop=((postgres.STOP, 30.0),), wait_until_ready=wait
    )


def broker(home: Home) -> Program:
    """Valkey on its unix socket."""
    folder = home.path / "valkey"
    command = valkey.command(folder, home.broker_socket)

    def start(output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
        return group.program(command, output)

    def wait(server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _VALKEY_LIMIT
        while not valkey.answers(home.broker_socket):
            if server.poll() is not None or time.monotonic() > deadline:
                raise DoesNotStart(f"Valkey did not start: see {folder / valkey.LOG}.")
            time.sleep(0.05)

    return Program("valkey", start, wait_until_ready=wait)


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def local_host(self) -> str:
        """How this machine reaches it."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
        return everywhere.get(self.host, self.host)

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        host = self.local_host
        name = "localhost" if host in ("127.0.0.1", "::1") else host
        return f"http://{name}:{self.port}"

    def answers(self) -> bool:
        """Whether our web server takes requests here."""
        connection = HTTPConnection(self.local_host, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def web(address: Address) -> Program:
    """The pages and the API."""
    start = group.python(
        *("-m", "granian", "--interface", "wsgi", "dreamboard.wsgi:application"),
        *("--host", address.host, "--port", str(address.port)),
        *("--workers", "1", "--blocking-threads", str(WEB_THREADS)),
        *("--no-ws", "--log-level", "error"),
    )

    def wait(server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _WEB_LIMIT
        while not address.answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise DoesNotStart("The web server did not start; its lines say why.")
            time.sleep(0.1)

    return Program("web", start, wait_until_ready=wait)


def worker() -> Program:
    """Dreams and decisions: warm shutdown first, then whatever runs is done again."""
    start = group.python(
        *CELERY,
        *("worker", "--concurrency", str(WORKERS), "--without-gossip"),
        "--without-mingle",
        dies_by=signal.SIGQUIT,
    )
    stop = ((signal.SIGTERM, 4.0), (signal.SIGQUIT, 6.0))
    return Program("worker", start, stop)


def scheduler() -> Program:
    """Sends what is due, each minute and every few seconds."""
    return Program("beat", group.python(*CELERY, "beat"))
