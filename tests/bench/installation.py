"""A throwaway installation: its own PostgreSQL with fsync, its own broker, real servers."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from dreamboard import databases, group, postgres, programs
from dreamboard.group import Program
from dreamboard.home import PROJECT, Home
from dreamboard.postgres import Cluster
from dreamboard.programs import WEB_THREADS, Address
from tests.bench import load
from tests.bench.processor import cpu_of

EMPTY = "bench_empty"
SMALL, LARGE = 1_000, 10_000
# With fewer there is no example team.
FEWEST = 50


class Installation:
    """Where everything runs while it is measured; gone when it is over."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.home.prepare()
        self.cluster = Cluster.within(self.home.path, self.home.sockets)
        self.log = (folder / "log").open("wb")
        self._programs = contextlib.ExitStack()
        self._worlds: set[str] = set()

    def start(self) -> None:
        """Start database and broker, and make the schema once."""
        os.environ["DREAMBOARD_HOME"] = str(self.home.path)
        os.environ["LOG_LEVEL"] = "ERROR"
        for name in ("CELERY_BROKER_URL", "CACHE_URL", "DREAMBOARD_URL", "DEBUG"):
            os.environ.pop(name, None)
        self.cluster.create()
        self.database = self._run(programs.database(self.cluster))
        self._run(programs.broker(self.home))
        self._execute(f"CREATE DATABASE {EMPTY}")
        self.inside(EMPTY, "found")

    def stop(self) -> None:
        self._programs.close()
        self.log.close()

    def said(self) -> str:
        """The last that any server had to say."""
        with open(self.log.name, "rb") as log:
            return log.read()[-4_000:].decode(errors="replace")

    def clone(self, source: str, name: str) -> str:
        """A copy of a database, files and all; nobody may be connected to it."""
        self._execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        return name

    def world(self, traces: int) -> str:
        """A database of the example team with so many traces, made when first needed.

        A thousand are dreamt about; ten thousand are those and nine thousand more.
        """
        name = f"bench_{traces}"
        if name not in self._worlds:
            smaller = traces // 10
            self.clone(self.world(smaller) if smaller >= SMALL else EMPTY, name)
            self.inside(name, "example", traces)
            if traces == SMALL:
                self.inside(name, "propose")
            self._worlds.add(name)
        return name

    def bulk(self, traces: int) -> str:
        """A database of the example team with very many traces, none of them dreamt of."""
        name = self.clone(EMPTY, f"bulk_{traces}")
        self.inside(name, "ground", FEWEST)
        half = (FEWEST + traces) // 2
        with ThreadPoolExecutor(2) as pool:
            parts = ((FEWEST, half), (half, traces))
            tasks = [pool.submit(self.inside, name, "load", *part) for part in parts]
            for task in tasks:
                task.result()
        self.inside(name, "settle")
        return name

    def drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def inside(self, database: str, verb: str, *words: object) -> Any:
        """Let a process of its own do something within the product; its answer."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.inside", verb, *map(str, words)],
            env=os.environ | {"DATABASE_URL": self.url(database)},
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            check=True,
        )
        return json.loads(done.stdout)

    def connect(self, database: str) -> "psycopg.Connection[Any]":
        """Straight to the database, for limits and sizes."""
        return psycopg.connect(self.url(database), autocommit=True)

    @contextlib.contextmanager
    def ours(self, database: str) -> Iterator["Server"]:
        """The product's web server, started as `up` starts it."""
        address = Address(load.HOST, _free_port())
        with self._serving(database, programs.web(address)) as child:
            yield Server(address.port, child.pid)

    @contextlib.contextmanager
    def reference(self, database: str) -> Iterator["Server"]:
        """The same server with the bare views of ``tests.bench.reference``."""
        address = Address(load.HOST, _free_port())
        start = group.python(
            *("-m", "granian", "--interface", "wsgi"),
            "tests.bench.reference.wsgi:application",
            *("--host", address.host, "--port", str(address.port)),
            *("--workers", "1", "--blocking-threads", str(WEB_THREADS)),
            *("--no-ws", "--log-level", "error"),
        )
        real = programs.web(address)
        program = Program("reference", start, real.stop, real.wait_until_ready)
        with self._serving(database, program) as child:
            yield Server(address.port, child.pid)

    def url(self, database: str) -> str:
        sockets = quote(str(self.home.sockets), safe="")
        return f"postgresql://{databases.NAME}@/{database}?host={sockets}"

    @contextlib.contextmanager
    def _serving(
        self, database: str, program: Program
    ) -> Iterator["subprocess.Popen[bytes]"]:
        os.environ["DATABASE_URL"] = self.url(database)
        child = program.start(self.log)
        del os.environ["DATABASE_URL"]
        try:
            program.wait_until_ready(child)
            yield child
        finally:
            _end(child)

    def _run(self, program: Program) -> "subprocess.Popen[bytes]":
        child = program.start(self.log)
        ending = postgres.stop if program.name == "postgres" else _end
        self._programs.callback(ending, child)
        program.wait_until_ready(child)
        return child

    def _execute(self, statement: str) -> None:
        with self.cluster.connect() as connection:
            connection.execute(statement)


class Server:
    """A web server that answers, and what it has cost so far."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    @property
    def cpu(self) -> float:
        return cpu_of(self.pid)


@contextlib.contextmanager
def opened() -> Iterator[Installation]:
    """An installation for the time of a run."""
    folder = Path(tempfile.mkdtemp(prefix="dbb-"))
    installation = Installation(folder)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()
        shutil.rmtree(folder, ignore_errors=True)


def reference_tables(connection: "psycopg.Connection[Any]") -> None:
    """Make the tables of the bare views beside the product's."""
    tables = Path(__file__).parent / "reference" / "tables.sql"
    connection.execute(tables.read_text())


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((load.HOST, 0))
        port: int = probe.getsockname()[1]
        return port
