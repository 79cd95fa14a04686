"""The project's settings without the surroundings: no server, no broker, no data folder."""

import os

for name in (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CACHE_URL",
    "DREAMBOARD_URL",
    "DEBUG",
):
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "known to everybody, protects nothing"

from dreamboard.settings import *  # noqa: E402, F403
from dreamboard.settings import STORAGES  # noqa: E402

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
