"""The project as an app without models, so that Django finds its commands."""

from django.apps import AppConfig

# Whatever loads Django can publish tasks: importing the Celery app makes it the current one.
from dreamboard.celery import app as celery

__all__ = ["ProjectConfig", "celery"]


class ProjectConfig(AppConfig):
    """What runs Dreamboard, as opposed to what it is about."""

    name = "dreamboard"
