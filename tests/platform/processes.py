"""Real processes of the product, in a data folder of their own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from dreamboard.home import Home

PROJECT = Path(__file__).resolve().parent.parent.parent
# The machine may be busy with other tests.
PATIENCE = 90.0


def manage(home: Path, *words: str, **more: str) -> "subprocess.Popen[str]":
    """Start a command as a person would, without the settings of the tests."""
    kept = {"PATH", "HOME", "TMPDIR", "LANG"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=environment | {"DREAMBOARD_HOME": str(home)} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell that starts something in the background makes it deaf to Ctrl-C.
        preexec_fn=lambda: (
            signal.signal(signal.SIGINT, signal.default_int_handler) and None
        ),
    )


def run(home: Path, *words: str, **more: str) -> tuple[int, str]:
    """Run a command to its end: its exit code and everything it said."""
    process = manage(home, *words, **more)
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, said


@dataclass
class Up:
    """A running `manage.py up`."""

    home: Path
    port: int
    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def read_until(self, pattern: str) -> re.Match[str]:
        """Read what it says until a line matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern!r} was never said:\n{''.join(self.lines)}")

    def get(self, path: str) -> int:
        """The status of a page; 0 where nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def stop(self) -> int:
        """Press Ctrl-C and wait; the exit code."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=PATIENCE)
        self.lines.append(said)
        return self.process.returncode


@contextlib.contextmanager
def up(home: Path, **more: str) -> Iterator[Up]:
    """Start everything, and see to it that nothing is left."""
    port = a_free_port()
    running = Up(home, port, manage(home, "up", PORT=str(port), **more))
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()
        leave_nothing(home)


def leave_nothing(home: Path) -> None:
    """Wait until nobody uses the data folder, and clear what lies outside of it."""
    until(lambda: not users_of(home))
    shutil.rmtree(Home(home).sockets, ignore_errors=True)


def a_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def users_of(home: Path) -> dict[int, str]:
    """Processes whose command line, environment or working folder names the data folder."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            about = command + (process / "environ").read_bytes()
            here = os.fsencode(os.readlink(process / "cwd"))
            if os.fsencode(home) in about or here.startswith(os.fsencode(home)):
                found[int(process.name)] = command.replace(b"\0", b" ").decode()
    return found


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something to come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)
