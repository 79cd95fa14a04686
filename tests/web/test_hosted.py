"""The page on which a store is linked, and how it stands."""

import pytest
from django.urls import reverse

from reviews.dreams import messages
from reviews.dreams.hosted import sessions
from reviews.dreams.models import HostedStore
from reviews.memory import versions
from reviews.mirrors import writing
from reviews.proposals.models import Proposal
from reviews.web.views import hosted as page
from tests.dreams.hosted.factories import RULES, a_link
from tests.factories import ADA, a_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(team):
    return a_store(team, "rules", hold_seconds=0)


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(messages, "send", lambda task, pk: found.append((task, pk)))
    return found


def at(name="store-link"):
    return reverse(f"web:{name}", args=["rules"])


def test_an_admin_links_a_store_and_a_pull_is_asked_for(store, as_max, loopback, sent):
    remote = loopback.stores.make("Rules", {"/rules.md": RULES})

    answer = as_max.post(at(), {"remote_id": remote, "model": "claude-sonnet-5"})

    assert answer.status_code == 302
    assert HostedStore.objects.get().by == "person:max"
    assert sent == [(messages.PULL, store.pk)]
    shown = as_max.get(at()).content.decode()
    assert remote in shown
    assert "v1" in shown


def test_what_cannot_be_linked_is_said_beside_the_field(store, as_max, loopback):
    answer = as_max.post(at(), {"remote_id": "mem_1", "model": "claude-sonnet-5"})

    assert answer.status_code == 422
    assert "begins with memstore_" in answer.content.decode()
    nowhere = as_max.post(at(), {"remote_id": "memstore_x", "model": "m"})
    assert nowhere.status_code == 422
    assert not HostedStore.objects.exists()


def test_others_may_not_even_look(store, as_ada, as_vera):
    assert as_ada.get(at()).status_code == 403
    assert as_vera.post(at("store-push")).status_code == 403


def test_the_buttons_ask_workers_by_name(store, as_max, loopback, sent):
    hosted = a_link(loopback, store=store)

    as_max.post(at("store-pull"))
    as_max.post(at("store-push"))

    assert sent == [(messages.PULL, hosted.pk), (messages.PUSH, hosted.pk)]


def test_problems_and_what_waits_stand_on_the_page(store, as_max, loopback):
    hosted = a_link(loopback, store=store)
    loopback.stores.write(hosted.remote_id, "/rules.md", f"{RULES}- New.\n")
    versions.commit(store, {"/rules.md": f"{RULES}- Ours.\n"}, by=ADA, reason="Ours.")
    sessions.pull(hosted.pk)
    writing.push(hosted.pk)

    shown = as_max.get(at()).content.decode()

    assert "written back once the proposals about that are decided" in shown
    assert f"P-{Proposal.objects.get().pk}" in shown
    assert "v2 waits" in shown


def test_what_dreams_are_told_can_be_changed(store, as_max, loopback):
    a_link(loopback, store=store)

    as_max.post(at(), {"model": "claude-opus-5", "instructions": "Be short."})

    hosted = HostedStore.objects.get()
    assert (hosted.model, hosted.instructions) == ("claude-opus-5", "Be short.")


def test_unlinking_forgets_the_link_and_nothing_else(store, as_max, loopback):
    hosted = a_link(loopback, store=store)

    as_max.post(at("store-unlink"))

    assert not HostedStore.objects.exists()
    assert loopback.stores.texts(hosted.remote_id) == {"/rules.md": RULES}


def test_without_a_key_the_page_says_so(store, as_max, settings):
    settings.ANTHROPIC_API_KEY = ""

    assert "No key for Anthropic" in as_max.get(at()).content.decode()
    assert page._missing()
