"""The key for Anthropic's API: read where it stands, each time, and written nowhere."""

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from reviews.errors import DomainError

MISSING = (
    "No key for Anthropic's API is set: put it into ANTHROPIC_API_KEY, or into a file."
)
# A key that is shorter than this has no ending that could be shown.
_SHORT = 12


class KeyUnreadable(DomainError):
    """The file with the key for Anthropic's API cannot be read."""

    code = "key-unreadable"


class NoKey(DomainError):
    """No key for Anthropic's API is set."""

    code = "no-key"


@dataclass(frozen=True)
class Key:
    """A key, which shows no more of itself than its ending."""

    clear: str = field(repr=False)
    # "the environment", or the path of a file.
    origin: str

    @property
    def ending(self) -> str:
        """What tells one key from another without giving it away."""
        return self.clear[-4:] if len(self.clear) >= _SHORT else ""


def find() -> Key | None:
    """The key in use, if there is one; a file that was named has to be there."""
    if settings.ANTHROPIC_API_KEY:
        return _key(settings.ANTHROPIC_API_KEY, "the environment")
    file = Path(settings.ANTHROPIC_API_KEY_FILE)
    try:
        clear = file.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        if settings.ANTHROPIC_API_KEY_FILE_NAMED:
            raise KeyUnreadable(
                f"{file} should hold the key, and is missing."
            ) from None
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "it is not text"
        raise KeyUnreadable(f"{file} should hold the key: {why}.") from error
    return _key(clear, str(file)) if clear else None


def _key(clear: str, origin: str) -> Key:
    """A key that can be sent; no header holds anything else, and nothing tells why."""
    if not (clear.isascii() and clear.isprintable()) or " " in clear:
        raise KeyUnreadable(f"What {origin} holds is no key: a key is one word.")
    return Key(clear, origin)


def needed() -> Key:
    """The key in use, or a refusal."""
    key = find()
    if key is None:
        raise NoKey(MISSING)
    return key
