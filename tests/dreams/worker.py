"""A worker as in production, with the counting engine, that can be told to hang.

``HANG=evaluate`` hangs it in the middle of its second shard, ``HANG=submit`` after its
first proposal, ``HANG=follow`` within its second answer to people, ``HANG=foresee`` of a
dry run while its second proposal stands that is to go again, ``HANG=extract``, ``draft``
and ``check`` within these stages, ``HANG=fade`` while it withdraws a second proposal: there
a test kills it.
"""

import os
import time

import django

from dreamboard.celery import app

django.setup()

from reviews.dreams import checks, findings, following  # noqa: E402
from reviews.dreams.engines import registry  # noqa: E402
from reviews.proposals import discards  # noqa: E402
from tests.dreams.counting import Counting  # noqa: E402

__all__ = ["app"]

HANG = os.environ.get("HANG")
FOR_EVER = 600  # seconds


class Hanging(Counting):
    evaluated = 0
    noted = 0

    def evaluate(self, facts, steps):
        Hanging.evaluated += 1
        if HANG == "evaluate" and Hanging.evaluated > 3:
            time.sleep(FOR_EVER)
        return super().evaluate(facts, steps)

    def reduce(self, digests):
        hang_at("extract")
        return super().reduce(digests)

    def propose(self, state, head, settings):
        hang_at("draft")
        return super().propose(state, head, settings)


def hang_at(stage):
    if stage == HANG:
        time.sleep(FOR_EVER)


def check_and_hang(*args, **more):
    checked = check(*args, **more)
    time.sleep(FOR_EVER)
    return checked


def discard_and_hang(*args, **more):
    discard(*args, **more)
    Hanging.noted += 1
    if Hanging.noted > 1:
        time.sleep(FOR_EVER)


def submit_and_hang(*args):
    submit(*args)
    time.sleep(FOR_EVER)


def note_and_hang(*args):
    note(*args)
    Hanging.noted += 1
    if Hanging.noted > 1:
        time.sleep(FOR_EVER)


def keep_and_hang(*args):
    kept = keep(*args)
    Hanging.noted += 1
    if Hanging.noted > 1:
        time.sleep(FOR_EVER)
    return kept


registry.ENGINES["counting"] = "tests.dreams.worker.Hanging"
submit, note, keep = findings.submit, following._note, findings._kept
check, discard = checks.check, discards.discard
if HANG == "submit":
    findings.submit = submit_and_hang
elif HANG == "follow":
    following._note = note_and_hang
elif HANG == "foresee":
    findings._kept = keep_and_hang
elif HANG == "check":
    checks.check = check_and_hang
elif HANG == "fade":
    discards.discard = discard_and_hang
