"""The way to Anthropic's machines, which is only built when somebody takes it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

from django.utils.module_loading import import_string

from reviews.errors import DomainError

if TYPE_CHECKING:
    from anthropic import Anthropic


class RemoteAway(DomainError):
    """Anthropic's machines did not do what was asked."""

    code = "remote-away"


class RemoteGone(RemoteAway):
    """What was asked for is not there any more."""

    code = "remote-gone"


def connect() -> "AbstractContextManager[Anthropic]":
    """A client; whatever it raises comes out as ``RemoteAway``, with a sentence."""
    path = "reviews.dreams.hosted.remotes.connect"
    make = cast("Callable[[], AbstractContextManager[Anthropic]]", import_string(path))
    return make()
