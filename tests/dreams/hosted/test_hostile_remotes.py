"""Whatever lies over there, or comes back instead: it stops nothing but itself."""

import pytest

from reviews.dreams.hosted import links, sessions
from reviews.dreams.hosted import tasks as hosted_tasks
from reviews.memory import versions
from reviews.mirrors import writing
from reviews.proposals.models import Proposal
from reviews.traces.models import Trace
from tests.dreams.hosted.factories import RULES, a_link, a_session, said
from tests.dreams.hosted.test_hosted_dreams import dream
from tests.factories import MAX, a_store
from tests.loopback.server import Reply

pytestmark = pytest.mark.django_db

HTML = Reply("<html>Sign in.</html>", headers={"content-type": "text/html"})


@pytest.fixture
def hosted(loopback):
    return a_link(loopback)


@pytest.mark.parametrize("reply", [
    HTML,
    Reply("<html>Sign in.</html>"),
    Reply("null"),
    Reply("[]"),
    Reply({"data": [5]}),
    Reply({"message": "Sign in."}),
    Reply("[" * 100_000),
    Reply("", 302, {"location": "/elsewhere"}),
], ids=lambda reply: str(reply.body)[:20])  # fmt: skip
@pytest.mark.parametrize("on", ["/v1/sessions", "/v1/memory_stores"])
def test_what_is_no_answer_is_said_on_the_link(loopback, hosted, reply, on):
    a_session(loopback, hosted, "One.")
    loopback.play(reply, on=on)

    sessions.pull(hosted.pk)

    hosted.refresh_from_db()
    assert hosted.pull_problem
    assert hosted.leased_until is None
    sessions.pull(hosted.pk)
    assert Trace.objects.count() == 1
    assert Proposal.objects.count() == 0


def test_a_store_that_breaks_a_pull_keeps_no_other_store_waiting(
    loopback, hosted, monkeypatch
):
    other = a_link(loopback, store=a_store(name="other", hold_seconds=0))
    a_session(loopback, other, "One.")
    pull = sessions.pull

    def broken(store):
        if store == hosted.pk:
            raise RuntimeError("nobody thought of this")
        return pull(store)

    monkeypatch.setattr(sessions, "pull", broken)

    hosted_tasks.tick()

    assert Trace.objects.count() == 1


@pytest.mark.parametrize("path", [
    "/../secret.md", "/a//b.md", "/e\u0301.md", "/a\x07.md", "/a\u202eb.md",
    "/" + "x" * 1_500, "/" + "a/" * 30 + "b",
], ids=ascii)  # fmt: skip
def test_a_memory_at_no_path_of_ours_keeps_no_other_from_arriving(
    loopback, hosted, path
):
    loopback.stores.write(hosted.remote_id, path, "- Be kind.\n")
    loopback.stores.write(hosted.remote_id, "/good.md", "# Good\n\n- Be brief.\n")

    sessions.pull(hosted.pk)

    (proposal,) = Proposal.objects.all()
    assert proposal.operations.get().path == "/good.md"
    hosted.refresh_from_db()
    assert hosted.pull_problem


@pytest.mark.parametrize("text", [
    "- x\0y\n", "- long\n" * 40_000, "- Zero\u200bwidth.\n", "# Only a heading\n", "\ufeff- a\n",
    "---\nowner: [\n---\n- a\n", "```\n- open fence\n",
], ids=lambda text: ascii(text[:12]))  # fmt: skip
def test_a_text_that_memory_does_not_hold_keeps_no_other_from_arriving(
    loopback, hosted, text
):
    loopback.stores.write(hosted.remote_id, "/bad.md", text)
    loopback.stores.write(hosted.remote_id, "/good.md", "# Good\n\n- Be brief.\n")

    sessions.pull(hosted.pk)

    assert Proposal.objects.exists()
    assert versions.head_texts(hosted.store)["/rules.md"] == RULES


def test_pages_that_go_round_in_circles_end(loopback, hosted):
    a_session(loopback, hosted, "One.")
    kept = loopback.sessions.list

    def circling(call):
        return kept(call) | {"next_page": "0"}

    for route in loopback._routes:
        if route.handler == kept:
            route.handler = circling

    sessions.pull(hosted.pk)

    hosted.refresh_from_db()
    assert "again" in hosted.pull_problem


@pytest.mark.parametrize("event", [
    {"type": None}, {"content": 5}, {"content": [5, None, {"type": "text", "text": 7}]},
    {"content": [{"type": "text", "text": "a\0b\ud800"}]}, {"processed_at": "yesterday"},
    {"processed_at": 5}, {"id": None}, {"type": "agent.tool_use", "input": "x" * 10_000},
    {"type": "agent.tool_use", "name": ["a"], "input": {"a": float("inf")}},
    {"type": "span.model_request_end", "model_usage": {"input_tokens": 10**40}},
    {"type": "user.tool_confirmation", "tool_use_id": 5, "result": "deny"},
    {"type": "session.error", "error": "x"}, {"type": "session.status_idle", "stop_reason": "x"},
], ids=lambda event: ascii(str(event)[:40]))  # fmt: skip
def test_an_event_that_is_none_keeps_no_other_session_from_coming(
    loopback, hosted, event
):
    a_session(loopback, hosted, "One.")
    name = next(iter(loopback.sessions.events))
    loopback.sessions.events[name].append(said(9, "Odd.") | event)
    a_session(loopback, hosted, "Two.")

    sessions.pull(hosted.pk)

    assert Trace.objects.exclude(external_id=name).count() == 1


def test_a_store_with_an_odd_name_is_linked(loopback):
    name = "a\0b" * 200
    remote = loopback.stores.make(name, {})

    assert links.link(a_store(), remote, by=MAX).remote_name == ("ab" * 200)[:255]


TOO_LONG = "- long\n" * 40_000


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("/a\x07.md", "- a\n", "control character"),
        ("/a.md", "- a\0b\n", "null character"),
        ("/big.md", TOO_LONG, "280,000 bytes"),
        ("/rules.md/more.md", "- a\n", "a folder and a memory at once"),
    ],
    ids=ascii,
)
def test_what_no_memory_can_hold_is_left_out_of_a_link_and_named(
    loopback, path, text, why
):
    remote = loopback.stores.make("Odd", {"/rules.md": RULES, path: text})

    hosted = links.link(a_store(), remote, by=MAX)

    assert versions.head_texts(hosted.store) == {"/rules.md": RULES}
    assert why in hosted.pull_problem
    assert hosted.pull_problem.endswith("It is left out, and left alone over there.")
    assert [row.path for row in hosted.memories.all()] == ["/rules.md"]
    # The next pull says so again, for as long as it is so.
    sessions.pull(hosted.pk)
    hosted.refresh_from_db()
    assert why in hosted.pull_problem
    assert Proposal.objects.count() == 0


def test_what_was_left_out_is_neither_deleted_nor_overwritten_by_writing_back(loopback):
    remote = loopback.stores.make("Odd", {"/rules.md": RULES, "/big.md": TOO_LONG})
    hosted = links.link(a_store(), remote, by=MAX)
    texts = {"/rules.md": RULES, "/more.md": "- Be kind.\n"}
    versions.commit(hosted.store, texts, by=MAX, reason="More.")
    writing.push(hosted.pk)
    versions.commit(
        hosted.store, {**texts, "/big.md": "- Be short.\n"}, by=MAX, reason="Ours."
    )

    writing.push(hosted.pk)

    assert loopback.stores.texts(remote) == {**texts, "/big.md": TOO_LONG}
    hosted.refresh_from_db()
    assert "/big.md" in hosted.push_problem


def test_a_store_of_which_something_is_left_out_is_dreamt_over_all_the_same(loopback):
    hosted = a_link(loopback, {"/rules.md": RULES, "/big.md": TOO_LONG})
    a_session(loopback, hosted, "Hello.")
    sessions.pull(hosted.pk)
    loopback.dreams.dreamt = lambda texts: {**texts, "/rules.md": f"{RULES}- Thank.\n"}

    done = dream(hosted)

    assert (done.state, done.error) == ("completed", "")
    assert [one.title for one in Proposal.objects.all()] == ["Thank."]


def test_of_many_that_are_left_out_a_few_are_named_and_all_are_counted(loopback):
    odd = {f"/{n}\x07.md": "- a\n" for n in range(5)}

    hosted = links.link(a_store(), loopback.stores.make("Odd", odd), by=MAX)

    assert hosted.pull_problem.count("It is left out") == 3
    assert hosted.pull_problem.endswith("And 2 more.")
