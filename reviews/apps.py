"""The one Django app."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Everything about reviewing what agents learn."""

    name = "reviews"

    def ready(self) -> None:
        """Let those listen who keep words of what others may take back."""
        import_module("reviews.dreams.asking.forgetting")
