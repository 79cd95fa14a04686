#!/usr/bin/env python
"""Django's entry point; it also lends commands the embedded database while they run."""

import os
import sys

from django.core.management import execute_from_command_line

from dreamboard.env import Misconfigured


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dreamboard.settings")
    try:
        execute_from_command_line(sys.argv)
    except Misconfigured as error:
        sys.exit(f"dreamboard: {error}")


if __name__ == "__main__":
    main()
