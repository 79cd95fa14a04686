"""A broker that is away stops nobody."""

import logging
import time

from celery import shared_task


@shared_task
def nothing() -> None:
    """Do nothing."""


def test_publishing_without_a_broker_neither_fails_nor_waits(caplog):
    began = time.monotonic()

    with caplog.at_level(logging.INFO):
        assert nothing.delay() is None
        assert nothing.apply_async(countdown=10) is None

    assert time.monotonic() - began < 1
    assert "was not sent, the tick will" in caplog.text
