"""A run may be huge: what it costs grows with its length, and a worker lives through it."""

import json
import subprocess
import sys

import pytest

from reviews.traces.steps import Step

PROGRAM = """
import json, resource, sys
import django
django.setup()
from reviews.dreams.mining import evaluation
from reviews.traces.steps import Facts
from tests.dreams import test_huge_runs

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

facts = Facts(trace="t", agent="a", group="g", person="p", day="2026-01-01")
steps = getattr(test_huge_runs, sys.argv[1])()
before = peak()
made = evaluation.evaluate(facts, steps)
print(json.dumps([peak() - before, len(made.digest), len(made.signals)]))
"""


def twenty_thousand_steps():
    """Ten megabytes of calls that fail, each in its own way."""
    return [step for number in range(10_000) for step in _failure(number)]


def one_answer_of_ten_megabytes():
    """A single failure that has very much to say, in which every rule finds something."""
    line = 'src/a.go:12:1: error returned is unchecked (errcheck) "x" 0x12 order-7\n'
    return _failure(0, line * (10_000_000 // len(line)))


def ten_megabytes_of_wishes():
    """Somebody who asks for something in every sentence."""
    return _messages("Please always write amounts with two decimals, never with one. ")


def ten_megabytes_without_an_end():
    """One word that no expression may run through again and again."""
    return _messages("a-" * 40)


def _failure(number, answer=""):
    call = f"c{number}"
    given = json.dumps(
        {"id": f"ID-{number}", "path": f"/a/{number}.py", "q": "x" * 400}
    )
    answer = answer or f"Error: order {number} is not there: " + f"{number} y" * 80
    return [
        Step(2 * number, "tool_call", "agent", given, "fetch", call),
        Step(2 * number + 1, "tool_result", "tool", answer, "fetch", call, error=True),
    ]


def _messages(words):
    text = words * (500_000 // len(words))
    return [Step(number, "message", "person", text) for number in range(20)]


@pytest.mark.parametrize(
    "run",
    [
        twenty_thousand_steps,
        one_answer_of_ten_megabytes,
        ten_megabytes_of_wishes,
        ten_megabytes_without_an_end,
    ],
    ids=lambda run: run.__name__,
)
def test_a_huge_run_leaves_little_and_takes_little(run):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, run.__name__],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )

    grown, digest, signals = json.loads(ended.stdout)
    assert grown < 100  # MB
    assert digest < 300_000
    assert signals <= 1_000
