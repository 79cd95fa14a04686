"""How accounts come to be: an admin makes them."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves."""

    # As long as allauth's limit of five failures a name lasts.
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many failed attempts. "
        "Wait five minutes (300 seconds), then try again."
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
