"""Run everything: database, broker, web, worker and scheduler, as one group."""

import argparse
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from dreamboard import env, lease, programs, static
from dreamboard.env import Misconfigured
from dreamboard.group import Console, GaveUp, Group
from dreamboard.home import Home
from dreamboard.postgres import Cluster
from dreamboard.programs import Address
from reviews.teams import setup

STOP_FIRST = ("web", "worker", "beat")
NAMES = ("postgres", "valkey", *STOP_FIRST)


class Command(BaseCommand):
    help = "Start everything; Ctrl-C stops it. PORT and DREAMBOARD_HOME say where."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=env.number("PORT", 8000))

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        home: Home = settings.HOME
        home.prepare()
        address = Address(env.text("DREAMBOARD_BIND", "127.0.0.1"), port)
        with only_one(home, settings.PUBLIC_URL or address.url):
            refuse_busy(address)
            try:
                run(home, address)
            except GaveUp as error:
                raise Misconfigured(str(error)) from error


def run(home: Home, address: Address) -> None:
    """Start in order, look after everything, stop in order."""
    console = Console(sys.stdout, NAMES)
    running = Group(console)
    for wish in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(wish, interrupt)
    try:
        with only_user_of_database(home, console):
            start_servers(running, home)
            call_command("migrate", verbosity=0)
        static.collect()
        code = setup.ensure_code(settings.SETUP_CODE_FILE) if setup.needed() else ""
        connection.close()
        # Pages first: on a small machine everything that starts slows down the rest.
        running.start(programs.web(address))
        running.start(programs.worker())
        running.start(programs.scheduler())
        greet(console, home, address, code)
        running.watch_signals()
        running.run()
    except KeyboardInterrupt:
        pass
    finally:
        running.watch_signals()
        console.say("Stopping.")
        running.stop(STOP_FIRST)
        running.stop(["valkey"])
        running.stop(["postgres"])


def interrupt(number: int, frame: FrameType | None) -> None:
    """While starting, every wish to stop is a Ctrl-C."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def only_one(home: Home, url: str) -> Iterator[None]:
    """Be the only `up` of this data folder, or say where the other one is."""
    # A command that looks whether we run holds the lock for an instant: try twice.
    for patience in (0.5, 0.0):
        with lease.alone_if_free(home.running) as free:
            if free:
                home.running.write_text(json.dumps({"pid": os.getpid(), "url": url}))
                yield
                return
            time.sleep(patience)
    try:
        other = json.loads(home.running.read_text())
        where = f"at {other['url']} (process {other['pid']})"
    except (ValueError, KeyError):
        where = "somewhere else"
    raise Misconfigured(
        f"Dreamboard runs already, {where}, with the data in {home.path}. "
        "Stop it there first, or set DREAMBOARD_HOME to another folder."
    )


@contextlib.contextmanager
def only_user_of_database(home: Home, console: Console) -> Iterator[None]:
    """Wait for commands that use the database; those that come now wait for us."""
    if not settings.EMBEDDED_DATABASE:
        yield
        return
    with lease.alone(home.starting):
        if lease.is_held(home.lease):
            console.say("Waiting for a command that uses the database.")
        with lease.alone(home.lease):
            pass
        yield


def start_servers(running: Group, home: Home) -> None:
    """Start the embedded broker and database, where the environment names no others."""
    if settings.EMBEDDED_BROKER:
        running.start(programs.broker(home))
    if settings.EMBEDDED_DATABASE:
        cluster = Cluster.within(home.path, home.sockets)
        if not cluster.data.exists():
            running.output.say(f"First start: making a database in {home.path}.")
        cluster.create()
        running.start(programs.database(cluster))


def refuse_busy(address: Address) -> None:
    """Say so now if something else listens there, rather than fail behind the scenes."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise Misconfigured(
                f"Port {address.port} of {address.host} cannot be had: "
                f"{(error.strerror or str(error)).lower()}. Choose another, for example "
                f"PORT={address.port + 1}."
            ) from error


def greet(console: Console, home: Home, address: Address, setup_code: str) -> None:
    """Print where to go, and how to get in."""
    url = settings.PUBLIC_URL or address.url
    console.say(f"\n  Dreamboard is ready:  {url}/")
    if setup_code:
        console.say(f"  Make the first admin: {url}/setup/?code={setup_code}")
    else:
        console.say("  Sign in with your name; `manage.py adduser NAME` adds people.")
    console.say(f"  Everything is kept in {home.path}. Ctrl-C stops it.\n")
