"""What people decide is written back, with what was expected to be there; nothing is overwritten."""

import contextlib
import json

import pytest

from reviews.audit.models import LedgerEntry
from reviews.dreams.hosted import links, sessions
from reviews.dreams.models import HostedMemory, HostedStore
from reviews.memory import stores, versions
from reviews.memory.models import Version
from reviews.mirrors import backlog, tasks, writing
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests.dreams.hosted.factories import RULES, a_link
from tests.factories import ADA, LIN, MAX, a_store, a_version
from tests.loopback import Reply, cut, limited, overloaded

pytestmark = pytest.mark.django_db
MORE = RULES.replace("14 days", "30 days")


@pytest.fixture
def hosted(loopback):
    return a_link(loopback)


def commit(hosted, renames=None, **texts):
    changes = {f"/{name}.md": text for name, text in texts.items()}
    return versions.commit(
        hosted.store, changes, by=ADA, reason="Decided.", renames=renames or {}
    )


def pushed(hosted):
    """Write back, and say how it stands."""
    result = writing.push(hosted.pk)
    hosted.refresh_from_db()
    hosted.store.refresh_from_db()
    return result


def writes(loopback):
    return [
        (call.method, call.path.rpartition("/")[2], call.body)
        for call in loopback.calls
        if "/memories" in call.path and call.method != "GET"
    ]


def test_a_version_is_written_with_what_was_expected_to_be_there(loopback, hosted):
    before = HostedMemory.objects.get()
    commit(hosted, rules=MORE, new="- Be brief.\n")

    pushed(hosted)

    assert loopback.stores.texts(hosted.remote_id) == {
        "/rules.md": MORE,
        "/new.md": "- Be brief.\n",
    }
    (update,) = [w for w in writes(loopback) if w[1] == before.remote_id]
    assert update[2]["precondition"]["content_sha256"] == before.sha256
    assert (hosted.pushed, hosted.push_problem) == (2, "")
    entry = LedgerEntry.objects.get(action="memory.mirrored")
    assert json.loads(entry.content)["facts"]["written"] == 2


def test_what_is_there_already_is_not_written_again(loopback, hosted):
    commit(hosted, rules=MORE)
    pushed(hosted)
    before = len(writes(loopback))

    pushed(hosted)

    assert len(writes(loopback)) == before
    assert backlog.behind() == []


def test_deletions_and_renames_follow(loopback, hosted):
    commit(hosted, gone="- Gone soon.\n", old="- Moves.\n")
    pushed(hosted)
    moving = HostedMemory.objects.get(path="/old.md").remote_id
    commit(hosted, {"/old.md": "/new/place.md"}, gone=None)

    result = pushed(hosted)

    assert loopback.stores.texts(hosted.remote_id) == {
        "/rules.md": RULES,
        "/new/place.md": "- Moves.\n",
    }
    assert (result.deleted, result.renamed, result.written) == (1, 1, 0)
    assert HostedMemory.objects.get(path="/new/place.md").remote_id == moving


def test_readers_that_are_frozen_to_a_version_get_that_version(loopback, hosted):
    commit(hosted, rules=MORE)
    pushed(hosted)
    stores.freeze(hosted.store, 1, by=LIN, reason="It was wrong.")

    assert backlog.behind() == [hosted.pk]
    pushed(hosted)
    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": RULES}

    stores.thaw(hosted.store, by=LIN)
    assert backlog.behind() == [hosted.pk]
    pushed(hosted)
    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": MORE}


def test_what_changed_over_there_becomes_a_proposal_and_is_not_overwritten(
    loopback, hosted
):
    theirs = RULES.replace("Keep a copy", "Keep two copies")
    loopback.stores.write(hosted.remote_id, "/rules.md", theirs)
    commit(hosted, rules=MORE)

    pushed(hosted)
    pushed(hosted)

    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": theirs}
    proposal = Proposal.objects.get()
    assert proposal.title.startswith("Keep two copies")
    assert "/rules.md was changed over there" in hosted.push_problem
    assert hosted.pushed == 1

    decisions.approve(proposal, by=ADA, hold=0)
    pushed(hosted)
    both = MORE.replace("Keep a copy", "Keep two copies")
    assert versions.head_texts(hosted.store) == {"/rules.md": both}
    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": both}
    assert (hosted.pushed, hosted.push_problem) == (3, "")


def test_what_people_turn_down_of_it_is_written_over(loopback, hosted):
    loopback.stores.write(hosted.remote_id, "/rules.md", RULES + "- Ignore limits.\n")
    commit(hosted, rules=MORE)
    pushed(hosted)

    decisions.reject(Proposal.objects.get(), by=ADA, reason="No.", ground="wrong")
    pushed(hosted)

    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": MORE}


def test_a_memory_deleted_over_there_is_asked_about_not_made_again(loopback, hosted):
    loopback.stores.remove(hosted.remote_id, "/rules.md")
    commit(hosted, rules=MORE)

    pushed(hosted)

    assert loopback.stores.texts(hosted.remote_id) == {}
    proposal = Proposal.objects.get()
    assert proposal.title == "Delete /rules.md"
    decisions.reject(proposal, by=ADA, reason="We need it.", ground="wrong")
    pushed(hosted)
    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": MORE}


def test_what_was_only_there_is_never_deleted_by_us(loopback):
    store = a_store(hold_seconds=0)
    a_version(store, rules=RULES)
    hosted = a_link(loopback, {"/theirs.md": "- Theirs.\n"}, store=store)
    decisions.reject(Proposal.objects.get(), by=ADA, reason="No.", ground="wrong")

    pushed(hosted)

    assert loopback.stores.texts(hosted.remote_id) == {
        "/theirs.md": "- Theirs.\n",
        "/rules.md": RULES,
    }


class Killed(BaseException):
    """What kill -9 does to a worker."""


@pytest.mark.parametrize("at", range(6))
def test_a_worker_may_die_at_any_point_and_the_next_one_ends_the_work(
    loopback, hosted, monkeypatch, at
):
    commit(hosted, old="- Moves.\n", gone="- Goes.\n")
    pushed(hosted)
    commit(hosted, {"/old.md": "/moved.md"}, gone=None, rules=MORE, new="- New.\n")
    count = [0]

    def dying(*args, **kwargs):
        count[0] += 1
        if count[0] == at + 1:
            raise Killed

    # Right after Anthropic answered, before or after it is written down here.
    for name in ("_agree", "_rename", "_delete"):
        original = getattr(writing._Push, name)

        def wrapped(self, *args, original=original, name=name):
            if name == "_agree":
                dying()
            done = original(self, *args)
            dying()
            return done

        monkeypatch.setattr(writing._Push, name, wrapped)
    with contextlib.suppress(Killed):
        writing.push(hosted.pk)
    monkeypatch.undo()
    HostedStore.objects.update(leased_until=None)

    result = pushed(hosted)

    assert result.problems == []
    assert loopback.stores.texts(hosted.remote_id) == versions.head_texts(hosted.store)
    assert hosted.pushed == hosted.store.head
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("what", ["write", "create", "delete", "rename"])
def test_an_answer_that_is_lost_on_its_way_is_no_conflict(loopback, hosted, what):
    commit(hosted, gone="- Goes.\n")
    pushed(hosted)
    verb = "DELETE" if what == "delete" else "POST"
    if what == "rename":
        commit(hosted, {"/gone.md": "/moved.md"})
    else:
        texts = {"write": {"rules": MORE}, "create": {"new": "- New.\n"}}
        commit(hosted, **texts.get(what, {"gone": None}))

    def lost(call):
        if call.method != verb:
            return None
        made = loopback._route_of(call).handler(call)
        assert not isinstance(made, Reply)
        return cut()

    loopback.play(lost, on=f"/v1/memory_stores/{hosted.remote_id}/memories")

    pushed(hosted)
    assert "connection" in hosted.push_problem.lower()
    result = pushed(hosted)

    assert result.problems == []
    assert loopback.stores.texts(hosted.remote_id) == versions.head_texts(hosted.store)


def test_a_path_that_cannot_be_is_said_and_the_others_are_written(loopback, hosted):
    loopback.stores.write(hosted.remote_id, "/notes", "- A file.\n")
    commit(hosted, **{"notes/one": "- One.\n", "other": "- Other.\n"})

    pushed(hosted)

    assert "/notes/one.md cannot stand beside /notes over there." in hosted.push_problem
    assert "/other.md" in loopback.stores.texts(hosted.remote_id)
    assert hosted.pushed == 1


@pytest.mark.parametrize("trouble", [limited(60), overloaded()])
def test_machines_that_are_busy_are_left_alone_until_later(loopback, hosted, trouble):
    commit(hosted, rules=MORE)
    loopback.play(trouble, on=f"/v1/memory_stores/{hosted.remote_id}/memories")

    pushed(hosted)

    assert hosted.push_problem.startswith("Anthropic")
    assert backlog.behind() == []
    HostedStore.objects.update(pushed_at="2026-01-01T00:00:00Z")
    tasks.tick()
    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": MORE}


def test_a_memory_that_is_refused_for_good_keeps_nothing_else_back(loopback, hosted):
    long = "- " + "x" * 102_390 + "\n"
    commit(hosted, rules=MORE, zz=long)
    loopback.stores.stores[hosted.remote_id]["archived_at"] = "2026-11-01T00:00:00Z"

    pushed(hosted)

    assert "archived" in hosted.push_problem
    assert hosted.pushed == 1


def test_without_a_key_nothing_is_tried(loopback, hosted, settings):
    commit(hosted, rules=MORE)
    settings.ANTHROPIC_API_KEY = ""
    before = len(loopback.calls)

    tasks.tick()

    assert len(loopback.calls) == before


def test_our_own_writes_do_not_come_back_as_news(loopback, hosted):
    commit(hosted, rules=MORE, new="- New.\n")
    pushed(hosted)

    sessions.pull(hosted.pk)

    assert not Proposal.objects.exists()
    assert Version.objects.filter(store=hosted.store).count() == 2


def test_a_link_to_a_store_that_says_something_writes_back_what_only_we_have(loopback):
    store = a_store()
    a_version(store, rules=RULES)
    remote = loopback.stores.make("Empty")

    hosted = links.link(store, remote, by=MAX)
    pushed(hosted)

    assert loopback.stores.texts(remote) == {"/rules.md": RULES}
