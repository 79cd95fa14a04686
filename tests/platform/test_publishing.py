"""A broker that is away stops nobody."""

import logging
import os
import signal
import subprocess
import time

import pytest
from celery import shared_task

from dreamboard import valkey
from dreamboard.celery import app
from dreamboard.home import Home
from tests.platform.processes import leave_nothing, until


@shared_task
def nothing() -> None:
    """Do nothing."""


@pytest.fixture
def broker(tmp_path):
    home = Home(tmp_path)
    home.prepare()
    server = subprocess.Popen(valkey.command(tmp_path / "valkey", home.broker_socket))
    until(lambda: valkey.answers(home.broker_socket))
    server.url = f"redis+socket://{home.broker_socket}"
    yield server
    server.kill()
    server.wait()
    leave_nothing(tmp_path)


def test_publishing_without_a_broker_neither_fails_nor_waits(caplog):
    began = time.monotonic()

    with caplog.at_level(logging.INFO):
        assert nothing.delay() is None
        assert nothing.apply_async(countdown=10) is None

    assert time.monotonic() - began < 1
    assert "was not sent, the tick will" in caplog.text


def test_publishing_to_a_broker_that_hangs_ends_within_seconds(broker):
    with app.connection_for_write(broker.url) as connection:
        assert nothing.apply_async(connection=connection) is not None
        os.kill(broker.pid, signal.SIGSTOP)
        began = time.monotonic()

        assert nothing.apply_async(connection=connection) is None

    assert time.monotonic() - began < 8
