"""Programs that live and die together: started in order, prefixed, restarted, stopped.

Everything that starts a child happens in the thread that called `run`, because the
kernel ties a child's life to the thread that forked it.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from dreamboard import processes

_COLOURS = (36, 35, 33, 32, 34, 31)
# After this long a program counts as having started well.
_SETTLED = 30.0
_LONGEST_PAUSE = 30.0
_MOST_FAILURES = 6
# A child's death wakes us up; this is for a signal that got lost.
_LOOK_AGAIN = 5.0


class GaveUp(Exception):
    """A program failed again and again."""


@dataclass(frozen=True)
class Program:
    """How to start, recognise and stop one member of the group."""

    name: str
    start: Callable[[IO[bytes] | int], "subprocess.Popen[bytes]"]
    # How to ask it to end, one signal after the other with seconds to heed each.
    stop: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
    # Waits until others may rely on it.
    wait_until_ready: Callable[["subprocess.Popen[bytes]"], None] = lambda child: None


@dataclass
class _Member:
    program: Program
    child: "subprocess.Popen[bytes]"
    started: float
    failures: int = 0
    restart_at: float | None = None


@dataclass
class Group:
    """The programs that run, in the order of their start."""

    output: "Console"
    _members: list[_Member] = field(default_factory=list)
    _news: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    def watch_signals(self) -> None:
        """Take Ctrl-C and its kin as a wish to stop, a child's death as news."""
        # SimpleQueue.put is the one thing here that a signal handler may call.
        for wish in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wish, self._wish)
        signal.signal(signal.SIGCHLD, lambda number, frame: self._news.put("death"))

    def _wish(self, number: int, frame: FrameType | None) -> None:
        self.ask_to_stop()

    def ask_to_stop(self) -> None:
        """End `run`; from any thread, or from a signal handler."""
        self._news.put("stop")

    def pids(self) -> dict[str, int]:
        """Which process each program is."""
        return {member.program.name: member.child.pid for member in self._members}

    def start(self, program: Program) -> None:
        """Start a program and wait until others may rely on it."""
        member = _Member(program, self._spawn(program), time.monotonic())
        self._members.append(member)
        program.wait_until_ready(member.child)

    def _spawn(self, program: Program) -> "subprocess.Popen[bytes]":
        reading, writing = os.pipe()
        try:
            child = program.start(writing)
        finally:
            os.close(writing)
        self.output.follow(program.name, os.fdopen(reading, "rb"))
        return child

    def run(self) -> None:
        """Keep everything running until somebody wants it to stop."""
        while self._wait() != "stop":
            for member in self._members:
                self._look_after(member)

    def _wait(self) -> str:
        pauses = [
            member.restart_at - time.monotonic()
            for member in self._members
            if member.restart_at is not None
        ]
        try:
            return self._news.get(timeout=max(0.01, min([_LOOK_AGAIN, *pauses])))
        except queue.Empty:
            return "time"

    def _look_after(self, member: _Member) -> None:
        if member.restart_at is not None:
            if time.monotonic() >= member.restart_at:
                member.restart_at = None
                member.started = time.monotonic()
                member.child = self._spawn(member.program)
        elif member.child.poll() is not None:
            self._mourn(member)

    def _mourn(self, member: _Member) -> None:
        """Plan a restart; later each time in a row, and not for ever."""
        name, code = member.program.name, member.child.returncode
        _kill_orphans(member.child)
        lived = time.monotonic() - member.started
        member.failures = 1 if lived > _SETTLED else member.failures + 1
        if member.failures > _MOST_FAILURES:
            raise GaveUp(
                f"{name} ended {member.failures} times in a row; see above why."
            )
        pause = min(_LONGEST_PAUSE, 2.0 ** (member.failures - 1))
        self.output.say(
            f"{name} ended ({_ending(code)}); starting it again in {pause:.0f} s."
        )
        member.restart_at = time.monotonic() + pause

    def stop(self, names: Iterable[str]) -> None:
        """Stop these together, each in its own way; a second wish to stop hurries."""
        chosen = set(names)
        leaving = [m for m in self._members if m.program.name in chosen]
        self._members = [m for m in self._members if m.program.name not in chosen]
        patience = {m.program.name: _Patience(m) for m in leaving}
        while any(not p.over() for p in patience.values()):
            if self._hurried():
                for p in patience.values():
                    p.hurry()
            time.sleep(0.05)
        for member in leaving:
            _kill_orphans(member.child)

    def _hurried(self) -> bool:
        with contextlib.suppress(queue.Empty):
            while True:
                if self._news.get_nowait() == "stop":
                    return True
        return False


class _Patience:
    """Asking one program to end, ever less politely."""

    def __init__(self, member: _Member) -> None:
        self.child = member.child
        self.steps = [*member.program.stop, (signal.SIGKILL, 5.0)]
        self.until = 0.0

    def over(self) -> bool:
        """Whether it has ended; asks the next way when its time is up."""
        if self.child.poll() is not None:
            return True
        if time.monotonic() >= self.until:
            if not self.steps:
                return True
            wish, seconds = self.steps.pop(0)
            self.until = time.monotonic() + seconds
            with contextlib.suppress(ProcessLookupError):
                self.child.send_signal(wish)
        return False

    def hurry(self) -> None:
        """Ask the next way at once."""
        self.until = 0.0


class Console:
    """One terminal for all: whole lines, each with the name of who says it."""

    def __init__(self, stream: IO[str], names: Sequence[str]) -> None:
        self.stream = stream
        self.lock = threading.Lock()
        self.width = max(map(len, names))
        self.colours = dict(zip(names, _COLOURS, strict=False))
        self.coloured = stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, sentence: str) -> None:
        """Print a line of the group's own."""
        self._write(f"{sentence}\n")

    def follow(self, name: str, source: IO[bytes]) -> None:
        """Print what a program says until it has no more to say."""
        prefix = f"{name:<{self.width}} | "
        if self.coloured:
            prefix = f"\x1b[{self.colours[name]}m{prefix}\x1b[0m"

        def copy() -> None:
            with source:
                for line in source:
                    self._write(prefix + line.decode(errors="replace").rstrip() + "\n")

        threading.Thread(target=copy, name=f"{name} output", daemon=True).start()

    def _write(self, line: str) -> None:
        # A closed terminal must not keep the programs from being stopped.
        with self.lock, contextlib.suppress(OSError, ValueError):
            self.stream.write(line)
            self.stream.flush()


def python(
    *words: str, dies_by: signal.Signals = signal.SIGTERM, **environment: str
) -> Callable[[IO[bytes] | int], "subprocess.Popen[bytes]"]:
    """How to start a Python program that ends with us."""

    def start(output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
        return program(
            [sys.executable, *words], output, dies_by=dies_by, environment=environment
        )

    return start


def program(
    command: Sequence[str],
    output: IO[bytes] | int,
    *,
    dies_by: signal.Signals = signal.SIGTERM,
    environment: dict[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, so that Ctrl-C reaches us first."""
    return subprocess.Popen(
        command,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | (environment or {}),
        preexec_fn=processes.ends_with_parent(dies_by),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def _kill_orphans(child: "subprocess.Popen[bytes]") -> None:
    """End what a dead program left in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"code {code}"
