"""The fewest settings with which the bare views run, over the same database."""

import os

from dreamboard import databases

SECRET_KEY = "known to everybody, protects nothing"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.sessions", "tests.bench.reference"]
MIDDLEWARE = [
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
SECURE_CSP = {"default-src": ["'self'"]}
ROOT_URLCONF = "tests.bench.reference.views"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    }
]
DATABASES = {"default": databases.settings(os.environ["DATABASE_URL"])}
USE_TZ = True
LOGGING_CONFIG = None
