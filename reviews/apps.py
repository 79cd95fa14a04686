"""The one Django app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Everything about reviewing what agents learn."""

    name = "reviews"
