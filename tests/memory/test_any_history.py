"""Whatever is written in whatever order: every state can be read and taken back."""

import random

import pytest

from reviews.memory import blame, bundles, drift, lineages, revisions, versions
from reviews.memory import lines as texts
from reviews.memory.models import Memory, Version
from tests.factories import ADA, a_store

pytestmark = pytest.mark.django_db

PATHS = [f"/{name}.md" for name in "abcdef"]


@pytest.mark.parametrize("seed", range(12))
def test_every_state_of_any_history_can_be_read_and_restored(seed):
    chance = random.Random(seed)
    store = a_store()
    states = [{}]
    for _ in range(15):
        expected = write(store, dict(states[-1]), states, chance)
        states.append(expected)

    for number, state in enumerate(states):
        assert versions.texts_at(store, number) == state
        bundle = bundles.read(bundles.find(store, version=number))
        assert {memory.path: memory.text for memory in bundle.memories} == state
    assert versions.head_texts(store) == states[-1]
    check_blame(store, states)
    check_origins(store, states)
    check_drift(store, states, chance)


def write(store, state, states, chance):
    """One version more, and what the store should say then."""
    verb = chance.choice(
        ["edit", "edit", "edit", "rename", "delete", "undo", "restore"]
    )
    if verb == "undo" and len(states) > 2:
        # The newest version undone is the state before it, whatever it was.
        newest = Version.objects.get(store=store, number=store.head)
        versions.undo(store, newest, by=ADA, reason="")
        return states[-2]
    if verb == "restore" and len(states) > 2:
        number = chance.randrange(1, len(states) - 1)
        if states[number] != state:
            versions.restore(store, number, by=ADA, reason="")
            return states[number]
    renames = {}
    if verb == "rename" and state:
        free = sorted({*PATHS} - {*state})
        renames = {chance.choice(sorted(state)): chance.choice(free)} if free else {}
        for old, new in renames.items():
            state[new] = state.pop(old)
    if verb == "delete" and len(state) > 1:
        gone = chance.choice(sorted(state))
        del state[gone]
        versions.commit(store, {gone: None}, by=ADA, reason="")
        return state
    path = chance.choice(PATHS)
    state[path] = reworded(state.get(path, ""), chance)
    versions.commit(store, {path: state[path]}, by=ADA, reason="", renames=renames)
    return state


def reworded(text, chance):
    lines = texts.split(text)
    lines.insert(chance.randint(0, len(lines)), f"- rule {chance.getrandbits(32)}")
    if len(lines) > 3:
        del lines[chance.randrange(len(lines))]
    new = texts.join(lines)
    return new if new != text else reworded(text, chance)


def check_blame(store, states):
    """Each line of the head was first written by the version that it names."""
    for memory in versions.authored_head(store).values():
        lines = texts.split(memory.text)
        for line, number in zip(lines, blame.expand(memory.runs), strict=True):
            assert line in "\n".join(states[number].values())
            assert line not in "\n".join(states[number - 1].values())


def check_origins(store, states):
    """Words are never younger than their line, and everything can be worked out anew."""
    for memory in Memory.objects.filter(store=store, path__isnull=False):
        stored = versions.authored(memory.head)
        assert lineages.replay(memory.head) == stored
        plain, first = blame.expand(stored.runs), blame.expand(stored.origins)
        lines = texts.split(stored.text)
        assert len(first) == len(plain) == len(lines)
        for line, wrote, worded in zip(lines, plain, first, strict=True):
            assert worded <= wrote
            assert line in "\n".join(states[worded].values())
            assert line not in "\n".join(states[worded - 1].values())
        assert revisions.vouched(memory.head) == first
        check_lineages(memory.head, first)


def check_lineages(revision, first):
    """A line's history ends with the version that worded it, oldest last."""
    for line, worded in enumerate(first):
        steps = lineages.of(revision, line)
        numbers = [step.revision.number for step in steps]
        assert numbers == sorted(set(numbers), reverse=True)
        assert (numbers[-1], steps[-1].deed) == (worded, "worded")
        said = "".join(span.text for span in lineages.spans(steps))
        assert said == " ".join(steps[0].text.split())


def check_drift(store, states, chance):
    """Net drift leads from any state to any other."""
    older, newer = (chance.randrange(len(states)) for _ in range(2))
    state = dict(states[older])
    nets = drift.between(store, older, newer)
    for net in nets:
        if net.path_before:
            assert state.pop(net.path_before) == net.before
    for net in nets:
        if net.path_after:
            state[net.path_after] = net.after
    assert state == states[newer]
