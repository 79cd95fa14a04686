"""The project's settings without the surroundings: no server, no broker, no data folder."""

import os
import tempfile

for name in (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CACHE_URL",
    "DREAMBOARD_URL",
    "DEBUG",
    "ANTHROPIC_API_KEY_FILE",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
):
    os.environ.pop(name, None)
# For the tests that somebody wants to pay for; the others have no key.
LIVE_KEY = os.environ.pop("ANTHROPIC_API_KEY", "")
os.environ["SECRET_KEY"] = "known to everybody, protects nothing"
# Nobody makes this folder: whoever tries to keep something in it is found out.
os.environ["DREAMBOARD_HOME"] = (
    f"{tempfile.gettempdir()}/dreamboard-tests-{os.getpid()}"
)

from dreamboard.settings import *  # noqa: E402, F403
from dreamboard.settings import MIDDLEWARE, STORAGES  # noqa: E402

# The live server of the tests serves static files itself, unhashed.
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
