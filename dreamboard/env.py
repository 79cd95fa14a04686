"""Values from the environment, typed; a secret may also stand in a file."""

import os
from pathlib import Path
from urllib.parse import urlsplit

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


class Misconfigured(Exception):
    """What the environment says cannot be used."""


def text(name: str, default: str = "") -> str:
    """A variable, or the content of the file that ``<name>_FILE`` points to."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(
                f"{name}_FILE is {file}, which cannot be read: {error.strerror}."
            ) from error
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or a no; anything else is refused rather than guessed."""
    value = text(name).lower()
    if value in _YES:
        return True
    if value in _NO:
        return default if value == "" else False
    raise Misconfigured(f"{name} is {value!r}; say yes or no.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise Misconfigured(f"{name} is {value!r}, which is no number.") from error


def address(name: str) -> str:
    """Where a service is, as http or https; empty without one."""
    value = text(name)
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if value and not fits:
        # Without the value: there may be a password in it.
        raise Misconfigured(f"{name} is no address such as https://example.com.")
    return value


def words(name: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]
