"""The data folder: what Dreamboard keeps between two starts, and nothing else does.

``DREAMBOARD_HOME`` names it; by default it is ``.dreamboard`` beside ``manage.py``.
"""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dreamboard import env, processes
from dreamboard.env import Misconfigured

PROJECT = Path(__file__).resolve().parent.parent

# A unix socket's whole path must fit in 108 bytes, its longest file name included.
_SOCKET_FOLDER_LIMIT = 80


@dataclass(frozen=True)
class Home:
    """Where things are in the data folder."""

    path: Path

    @property
    def sockets(self) -> Path:
        """A private folder for unix sockets, elsewhere when this path is too long."""
        here = self.path / "run"
        if len(os.fsencode(here)) <= _SOCKET_FOLDER_LIMIT:
            return here
        mark = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"dreamboard-{os.getuid()}-{mark}"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def setup_code(self) -> Path:
        """Whoever knows what stands in this file may become the first admin."""
        return self.path / "setup-code"

    @property
    def anthropic_key(self) -> Path:
        """Whoever would rather not have it in the environment puts it here."""
        return self.path / "anthropic-key"

    @property
    def running(self) -> Path:
        """Locked by the `up` that runs here, with its address inside."""
        return self.path / "up.lock"

    @property
    def lease(self) -> Path:
        """Shared by everybody who uses the embedded database."""
        return self.path / "lease"

    @property
    def starting(self) -> Path:
        """Held by whoever is starting the embedded database."""
        return self.path / "starting"

    def prepare(self) -> None:
        """Make the folder, or say in a sentence why that is impossible."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _own_private(self.sockets)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise Misconfigured(
                f"The data folder {self.path} cannot be written: {error.strerror}. "
                "Set DREAMBOARD_HOME to a folder of yours."
            ) from error

    def secret(self, name: str) -> str:
        """Read a secret, or make one up on the first start and keep it."""
        file = self.path / name
        try:
            return file.read_text(encoding="ascii")
        except (FileNotFoundError, NotADirectoryError):
            return self._keep(file, secrets.token_urlsafe(48))
        except OSError as error:
            raise Misconfigured(f"{file} cannot be read: {error.strerror}.") from error

    def _keep(self, file: Path, value: str) -> str:
        """Write a secret whole or not at all; of two writers the first one wins."""
        self.prepare()
        with tempfile.NamedTemporaryFile(
            "w", dir=self.path, prefix=f"{file.name}.", encoding="ascii"
        ) as draft:
            draft.write(value)
            draft.flush()
            try:
                os.link(draft.name, file)
            except FileExistsError:
                return file.read_text(encoding="ascii")
        return value


def from_environment() -> Home:
    """The data folder that the environment names."""
    named = env.text("DREAMBOARD_HOME")
    return Home(
        Path(named).expanduser().absolute() if named else PROJECT / ".dreamboard"
    )


def _own_private(folder: Path) -> None:
    """Make a folder nobody else can look into; refuse one that somebody else made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # Root hands it over where PostgreSQL cannot run in a namespace of its own.
    ours = {0, processes.NOBODY} if os.getuid() == 0 else {os.getuid()}
    if found.st_uid not in ours or folder.is_symlink():
        raise Misconfigured(f"{folder} belongs to somebody else.")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
