"""Blame beside git's, on the real histories: the same version for 97 lines of 100.

Both replay every version of a file and say, for each line of the last one, which version
brought it: 98.3 % agree as this is written. Where they differ, we were asked to differ.

Two in three of the differences are lines that occur many times, blank ones and fences:
each side keeps one that fits. Ours begins an addition where a heading or a bullet begins,
git's where its heuristic of indentation says, and the line beside it is another's.

The others are blocks that moved whole. Here a move keeps the version that wrote it, with
git it is the mover's; at 18 lines in 3,259 these are all that differ among the lines that
occur once.
"""

import subprocess
import sys
from collections import Counter

from reviews.memory import blame, diffs
from reviews.memory import lines as texts
from tests.memory import histories

pytestmark = histories.NEEDED


def test_blame_agrees_with_git_on_the_last_version_of_every_real_file(tmp_path):
    agreed, once, lines = Counter(), Counter(), Counter()
    for file in histories.HISTORIES:
        contents = histories.contents(file)
        last = max(number for number, text in enumerate(contents, start=1) if text)
        ours = by_us(contents[:last])
        theirs = by_git(contents[:last], tmp_path / histories.name(file))
        known = Counter(texts.split(contents[last - 1]))
        for line, our, their in zip(texts.split(contents[last - 1]), ours, theirs, strict=True):  # fmt: skip
            lines[file] += 1
            agreed[file] += our == their
            once[file] += our == their or known[line] > 1

    for file in histories.HISTORIES:
        sys.stdout.write(f"\n{histories.name(file)}: {agreed[file]} of {lines[file]}")
    sys.stdout.write(f"\n{agreed.total() / lines.total():.2%} agree\n")
    assert agreed.total() >= 0.97 * lines.total()
    # Lines that can be told apart differ only where a block moved.
    assert once.total() >= 0.99 * lines.total()


def by_us(contents):
    now = blame.Authored()
    for number, text in enumerate(contents, start=1):
        diff = diffs.compare(now.text, text)
        now = blame.carry(now, text, diff, path="/f", number=number)
    return blame.expand(now.runs)


def by_git(contents, folder):
    """The same history as commits, and whom git holds answerable."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    git(folder, "fast-import", "--quiet", stdin=b"".join(commits(contents)))
    told = git(folder, "blame", "--line-porcelain", "main", "--", "f")
    summaries = (line for line in told.split(b"\n") if line.startswith(b"summary "))
    return [int(summary.split()[1]) for summary in summaries]


def commits(contents):
    """A history for ``git fast-import``; each commit says its number."""
    for number, text in enumerate(contents, start=1):
        said, data = str(number).encode(), text.encode()
        yield b"commit refs/heads/main\ncommitter A <a@b.c> %d +0000\n" % (number * 60)
        yield b"data %d\n%s\n" % (len(said), said)
        # A file that was taken away is empty here, as it is for us.
        yield b"M 100644 inline f\ndata %d\n%s\n" % (len(data), data)


def git(folder, *command, stdin=b""):
    ran = subprocess.run(
        ["git", *command], cwd=folder, input=stdin, capture_output=True, check=True
    )
    return ran.stdout
