"""The same traces give the same drafts: in any order, in any shards, in any store."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from reviews.dreams.engines import Head
from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.states import State
from reviews.examples import generator
from reviews.memory import edits
from reviews.memory.blame import Authored
from reviews.traces.steps import Facts
from tests.dreams.stories import EMPTY

ENGINE = Offline()
# As the first release of the engine had them, over 300 traces of the example team.
FINGERPRINTS = Path(__file__).parent / "fingerprints.txt"
PROGRAM = """
import hashlib
from tests.dreams.test_determinism import ENGINE, EMPTY, evaluated
outcome = ENGINE.propose(ENGINE.reduce(evaluated()), EMPTY, ENGINE.settings())
print(hashlib.sha256(repr(outcome).encode()).hexdigest())
"""


def evaluated():
    return [
        ENGINE.evaluate(
            Facts(
                trace=made.external_id,
                agent=generator.agent_of(made),
                group=made.task or made.external_id,
                person=made.person,
                outcome=made.outcome,
            ),
            made.steps,
        ).digest
        for made in generator.records(300)
    ]


@pytest.fixture(scope="module")
def digests():
    return evaluated()


@pytest.fixture(scope="module")
def outcome(digests):
    return ENGINE.propose(ENGINE.reduce(digests), EMPTY, ENGINE.settings())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_traces_does_not_matter(digests, outcome, seed):
    shuffled = random.Random(seed).sample(digests, len(digests))

    assert ENGINE.propose(ENGINE.reduce(shuffled), EMPTY, ENGINE.settings()) == outcome


@pytest.mark.parametrize("size", [1, 7, 137, 299])
def test_shards_of_any_size_fold_into_the_same_state(digests, size):
    parts = [State(digests[at : at + size]) for at in range(0, len(digests), size)]

    folded = State()
    for part in reversed(parts):
        folded = folded | part

    assert folded == ENGINE.reduce(digests)
    assert folded | folded == folded


def test_what_is_kept_of_too_many_runs_does_not_depend_on_their_order(digests):
    kept = State(digests, most=50)

    assert len(kept) == 50
    assert State(reversed(digests), most=50) == kept


def test_a_second_dream_against_the_approved_rules_finds_nothing_new(digests, outcome):
    memories: dict[str, Authored] = {}
    for draft in outcome.drafts:
        [operation] = draft.operations
        change = edits.Change(
            kind="add",
            path=operation.path,
            heading=operation.heading,
            after=operation.after,
        )
        known = memories.get(operation.path)
        memories[operation.path] = Authored(
            text=edits.add(known.text if known else "", change)
        )
    head = Head(
        number=1, texts={path: memory.text for path, memory in memories.items()}
    )

    again = ENGINE.propose(ENGINE.reduce(digests), head, ENGINE.settings())

    assert not again.drafts
    covered = {one.fingerprint for one in again.refused if one.code == "covered"}
    confirmed = {one.fingerprint for one in again.confirmed}
    assert covered | confirmed == {draft.fingerprint for draft in outcome.drafts}


def test_patterns_are_known_by_what_they_were_known_by(outcome):
    """What people turned down is known by its fingerprint: a change here lets it come back."""
    known = FINGERPRINTS.read_text().split()[::2]

    assert set(known) <= {draft.fingerprint for draft in outcome.drafts}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_comes_to_the_same(outcome, seed):
    """Nothing may hang on how a process happens to order its sets."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
    )

    assert ended.stdout.strip() == hashlib.sha256(repr(outcome).encode()).hexdigest()


def test_a_digest_of_another_layout_is_refused(digests):
    with pytest.raises(ValueError, match="layout"):
        list(State([b"\x63" + digests[0][1:]]).digests())


def test_settings_are_plain_values_and_decide(digests):
    strict = ENGINE.propose(
        ENGINE.reduce(digests), EMPTY, {**ENGINE.settings(), "groups": 1_000, "groups_if_total": 1_000,
                                        "groups_if_repeated": 1_000, "silent_runs": 1_000}
    )  # fmt: skip

    assert not strict.drafts
