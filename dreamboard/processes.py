"""Starting programs that end with us and that need not be root."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

# What initdb looks up in /etc/passwd: uid 1 exists on every Linux.
_DAEMON = 1
NOBODY = 65534
_PR_SET_PDEATHSIG = 1


def ends_with_parent(stop: signal.Signals) -> Callable[[], None]:
    """Prepare a child to get this signal when the thread that forked it dies."""

    def prepare() -> None:
        _signal_when_parent_dies(stop)

    return prepare


def unprivileged(stop: signal.Signals) -> Callable[[], None]:
    """Prepare a child to be nobody special, as PostgreSQL insists.

    Root becomes an ordinary user inside a user namespace of the child's own: its files
    stay root's, and no user, chown or chmod is needed. Where namespaces are barred it
    becomes `nobody`.
    """
    user = os.getuid()
    in_namespace = user == 0 and namespaces_work()

    def prepare() -> None:
        if in_namespace:
            _enter_namespace()
        elif user == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        # Last, since a change of credentials takes it back.
        _signal_when_parent_dies(stop)

    return prepare


def hand_over(folder: Path) -> None:
    """Give a folder to the user that `unprivileged` children are, where that is another."""
    if os.getuid() == 0 and not namespaces_work():
        os.chown(folder, NOBODY, NOBODY)
        # They may pass through the folder above, not look around in it.
        folder.parent.chmod(0o711)


@cache
def namespaces_work() -> bool:
    """Whether a child of ours may enter a user namespace of its own."""
    if not hasattr(os, "unshare"):
        return False
    try:
        subprocess.run(
            [sys.executable, "-c", ""], preexec_fn=_enter_namespace, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _enter_namespace() -> None:
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    for kind in ("uid_map", "gid_map"):
        Path(f"/proc/self/{kind}").write_text(f"{_DAEMON} 0 1", encoding="ascii")


def _signal_when_parent_dies(stop: signal.Signals) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)
