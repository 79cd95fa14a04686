"""What a load balancer asks: whether the process is up, and whether it can work."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from dreamboard.celery import app


@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """Answer at all, whatever the rest of the installation does."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, migrations and broker are there, else 503 and why."""
    checks = {"database": _database, "migrations": _migrations, "broker": _broker}
    found = {name: _outcome(check) for name, check in checks.items()}
    fine = all(outcome == "ok" for outcome in found.values())
    return JsonResponse(
        {"status": "ok" if fine else "unavailable", **found},
        status=200 if fine else 503,
    )


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, OperationalError, OSError) as error:
        # The class is enough for whoever runs it; a message may hold host names.
        return f"unavailable ({type(error).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(behind)} to apply" if behind else "ok"


def _broker() -> str:
    with app.connection_for_write(connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    return "ok"
