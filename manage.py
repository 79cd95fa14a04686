#!/usr/bin/env python
"""Django's entry point; it lends a command the embedded database while it runs."""

import os
import sys

import django
from django.conf import settings
from django.core.management import (
    call_command,
    execute_from_command_line,
    get_commands,
)

from dreamboard.env import Misconfigured
from dreamboard.keeper import lent_database
from dreamboard.postgres import DoesNotStart

# `up` brings its own database; the others never ask one.
WITHOUT_DATABASE = {
    *("up", "help", "version", "diffsettings"),
    *("collectstatic", "findstatic", "startapp", "startproject"),
}


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dreamboard.settings")
    try:
        if needs_embedded_database(sys.argv[1:]):
            with lent_database(settings.HOME, when_started=catch_up):
                execute_from_command_line(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except (Misconfigured, DoesNotStart) as error:
        sys.exit(f"dreamboard: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def needs_embedded_database(words: list[str]) -> bool:
    """Whether this command asks a database, and that is the embedded one."""
    if not words or words[0] in WITHOUT_DATABASE or {"-h", "--help"} & set(words):
        return False
    if not settings.EMBEDDED_DATABASE:
        return False
    # Before that, only Django's own commands are known, and remembered as all there are.
    django.setup()
    return words[0] in get_commands()


def catch_up() -> None:
    """Migrate a database that is behind the code, unless that is the command itself."""
    if sys.argv[1] != "migrate":
        call_command("migrate", verbosity=0)


if __name__ == "__main__":
    main()
