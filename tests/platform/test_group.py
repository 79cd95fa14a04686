"""Programs that are looked after: restarted when they die, stopped in time."""

import io
import os
import signal
import sys
import threading
import time

import pytest

from dreamboard import group
from dreamboard.group import Console, GaveUp, Group, Program

SLEEP = "import time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def running(screen, monkeypatch):
    monkeypatch.setattr(group, "_LOOK_AGAIN", 0.02)
    started = Group(Console(screen, ["web", "beat"]))
    yield started
    started.stop(["web", "beat"])


def a_program(name: str, code: str, **more) -> Program:
    return Program(name, group.python("-c", code), **more)


def until(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def run_until(running: Group, condition) -> None:
    """Run the group in this thread, until the condition holds."""

    def watch() -> None:
        try:
            until(condition)
        finally:
            running.ask_to_stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    running.run()
    watcher.join()


def test_lines_come_out_whole_and_with_the_name_of_who_says_them(running, screen):
    running.start(a_program("web", "print('one'); print('two')"))
    running.start(a_program("beat", "print('three')"))

    until(lambda: screen.getvalue().count("\n") == 3)

    assert sorted(screen.getvalue().splitlines()) == [
        "beat | three",
        "web  | one",
        "web  | two",
    ]


def test_a_killed_program_is_started_again(running, screen):
    running.start(a_program("web", SLEEP))
    until(lambda: "up" in screen.getvalue())

    os.kill(running.pids()["web"], signal.SIGKILL)
    run_until(running, lambda: screen.getvalue().count("web  | up") == 2)

    assert "web ended (killed by SIGKILL); starting it again" in screen.getvalue()


def test_what_a_killed_program_had_started_goes_with_it(running, tmp_path):
    note = tmp_path / "pid"
    parent = (
        "import subprocess, sys, pathlib, time;"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    running.start(a_program("web", parent))
    until(lambda: note.exists() and note.read_text())
    orphan = int(note.read_text())

    os.kill(running.pids()["web"], signal.SIGKILL)
    run_until(running, lambda: not alive(orphan))

    assert not alive(orphan)


def test_a_program_that_fails_again_and_again_is_given_up_with_a_sentence(
    running, monkeypatch
):
    monkeypatch.setattr(group, "_LONGEST_PAUSE", 0.02)
    running.start(a_program("web", "raise SystemExit(3)"))

    with pytest.raises(GaveUp, match="web ended 7 times in a row"):
        running.run()


def test_a_program_that_does_not_listen_is_killed(running, screen):
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
    running.start(a_program("web", deaf, stop=((signal.SIGTERM, 0.2),)))
    until(lambda: "up" in screen.getvalue())
    pid = running.pids()["web"]

    running.stop(["web"])

    assert not alive(pid)


def test_nobody_outlives_the_group_even_if_it_is_killed(tmp_path):
    note = tmp_path / "pid"
    code = (
        "import io, pathlib, time\n"
        "from dreamboard import group\n"
        "running = group.Group(group.Console(io.StringIO(), ['web']))\n"
        f"running.start(group.Program('web', group.python('-c', {SLEEP!r})))\n"
        f"pathlib.Path({str(note)!r}).write_text(str(running.pids()['web']))\n"
        "time.sleep(60)\n"
    )
    leader = group.program([sys.executable, "-c", code], output=2)
    until(lambda: note.exists() and note.read_text())

    leader.kill()
    leader.wait()

    until(lambda: not alive(int(note.read_text())))


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
