"""One configuration for a laptop and a cluster; the environment says which.

Without any variable everything is embedded: data, secrets and sockets live in the data
folder. ``docs/deployment.md`` lists the variables.
"""

from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.utils.csp import CSP
from kombu import Queue

from dreamboard import databases, env, home

HOME = home.from_environment()
BASE_DIR = home.PROJECT

SECRET_KEY = env.text("SECRET_KEY") or HOME.secret("secret-key")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = env.flag("DEBUG")

# Where people find it: https here means a proxy speaks TLS and tells us so.
PUBLIC_URL = env.text("DREAMBOARD_URL").rstrip("/")
_public = urlsplit(PUBLIC_URL)
_https = _public.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.words("DREAMBOARD_HOSTS")]
if _public.hostname:
    ALLOWED_HOSTS.append(_public.hostname)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _public.hostname else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
# Rate limits count the clients that the proxy names, not the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _https else 0
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SILENCED_SYSTEM_CHECKS = [
    # Other subdomains, and a browser's preload list, are not ours to decide about.
    "security.W005",
    "security.W021",
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "django_htmx",
    "reviews",
    "dreamboard",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "reviews.api.problems.Problems",
    "reviews.web.errors.DomainErrors",
    "reviews.web.access.Access",
]
ROOT_URLCONF = "dreamboard.urls"
WSGI_APPLICATION = "dreamboard.wsgi.application"
APPEND_SLASH = True
CSRF_FAILURE_VIEW = "reviews.web.errors.csrf_failure"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reviews.web.context.frame",
            ]
        },
    }
]

DATABASES = {
    "default": databases.settings(
        env.text("DATABASE_URL") or databases.embedded_url(HOME.sockets),
        pool=env.number("DATABASE_POOL", 0),
    )
}
EMBEDDED_DATABASE = not env.text("DATABASE_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counters of the sign-in's rate limits; several web machines must share them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.text("CACHE_URL"),
    }
    if env.text("CACHE_URL")
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "reviews.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "dreamboard.accounts.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# What a stranger needs to become the first admin; gone once there is one.
SETUP_CODE_FILE = HOME.setup_code

# Claude and hosted dreams, once there is a key: it is read where it stands, each time.
ANTHROPIC_API_KEY_FILE_NAMED = bool(env.text("ANTHROPIC_API_KEY_FILE"))
ANTHROPIC_API_KEY_FILE = env.text("ANTHROPIC_API_KEY_FILE") or str(HOME.anthropic_key)
ANTHROPIC_API_KEY = (
    "" if ANTHROPIC_API_KEY_FILE_NAMED else env.text("ANTHROPIC_API_KEY")
)
ANTHROPIC_BASE_URL = env.address("ANTHROPIC_BASE_URL")
# Different words for one thing, a line each, beside those that every language brings.
SYNONYMS = env.text("DREAMBOARD_SYNONYMS")

# Without a mail server letters go to the log, where whoever runs `up` sees them.
MAILERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.text("EMAIL_HOST"),
            "port": env.number("EMAIL_PORT", 25),
            "username": env.text("EMAIL_USER"),
            "password": env.text("EMAIL_PASSWORD"),
            "use_tls": env.flag("EMAIL_TLS"),
            "timeout": 10,
        },
    }
    if env.text("EMAIL_HOST")
    else {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
}
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "dreamboard@localhost")

LANGUAGE_CODE = "en-us"
USE_I18N = False
# Children inherit TZ from here; the data's own zone is UTC, a schedule names its own.
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.text("DREAMBOARD_STATIC") or HOME.path / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CELERY_BROKER_URL = (
    env.text("CELERY_BROKER_URL") or f"redis+socket://{HOME.broker_socket}"
)
EMBEDDED_BROKER = not env.text("CELERY_BROKER_URL")
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The truth about work is in PostgreSQL, so a lost message is re-sent from there and
# nobody who publishes has to wait for a broker that is away.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 90 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A big dream has hundreds of shards, and an approval must not wait behind them: workers
# take from both queues in turn.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("shards")]
CELERY_TASK_ROUTES = {"reviews.dreams.shard": {"queue": "shards"}}
# A task sent again cannot claim its work while the first one still holds it.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the time limit: a task that outlives it would run twice.
    "visibility_timeout": 2 * 3600,
    # Look for what a killed worker had taken every 5 s instead of every 100.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # For publishers; the worker has its own patience.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    # A broker that hangs must not hang the page that publishes.
    "socket_timeout": 3,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    # A beat is worth nothing once the next one is due.
    "schedules and leases": {
        "task": "reviews.dreams.tick",
        "schedule": crontab(),
        "options": {"expires": 60},
    },
    "traces that nobody has told yet": {
        "task": "reviews.dreams.episodes",
        "schedule": 30.0,
        "kwargs": {"minutes": 120},
        "options": {"expires": 30},
    },
    "traces that were left untold": {
        "task": "reviews.dreams.episodes",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "questions that nobody waits for": {
        "task": "reviews.dreams.settle",
        "schedule": crontab(),
        "options": {"expires": 60},
    },
    "stores that are linked to one at Anthropic": {
        "task": "reviews.dreams.hosted.tick",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "versions that Anthropic does not have yet": {
        "task": "reviews.mirrors.tick",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "decisions whose hold has ended": {
        "task": "reviews.proposals.apply_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        # Refused requests are the visitor's news, not the operator's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django": {"handlers": [], "propagate": True},
        # One line per task would drown the rest: sweeps run every few seconds.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # A dream asks hundreds of questions, and keeps what became of each.
        "httpx2": {"level": "WARNING"},
    },
}
