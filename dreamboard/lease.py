"""Who uses the embedded database: locks that the kernel takes back, also after kill -9.

Whoever uses the database holds a shared lock on one file; whoever stops it needs the
file alone. Starting has a lock of its own, so that two who come at once start one server.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def shared(file: Path) -> Iterator[None]:
    """Use what the file stands for, together with others."""
    with _locked(file, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Wait until nobody else is there, and keep everybody out."""
    with _locked(file, fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def alone_if_free(file: Path) -> Iterator[bool]:
    """Like `alone`, but say no instead of waiting."""
    try:
        with _locked(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield True
    except BlockingIOError:
        yield False


def is_held(file: Path) -> bool:
    """Whether somebody holds it right now."""
    with alone_if_free(file) as free:
        return not free


@contextlib.contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        # Closing lets go; a child that inherited it by fork goes on holding it.
        os.close(descriptor)
