"""Eight people, one proposal, one moment: over HTTP, each at a browser of their own."""

import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from reviews.memory.models import Version
from reviews.proposals import decisions
from reviews.proposals.models import Approval, Decision
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = [f"person-{number}" for number in range(8)]


@pytest.mark.parametrize("hold", [0, 10])
def test_eight_who_approve_at_once_make_one_decision_and_seven_clear_refusals(
    team, hold
):
    store = factories.a_store(team, "support", hold_seconds=hold)
    proposal = factories.a_proposal(store)
    address = f"/proposals/{proposal.pk}/"
    clients = []
    for name in PEOPLE:
        client = Client()
        client.force_login(
            factories.a_user(name, team), "django.contrib.auth.backends.ModelBackend"
        )
        clients.append(client)
    pages = [client.get(address).content.decode() for client in clients]
    bounds = [re.search(r'name="bound" value="(\w+)"', page)[1] for page in pages]
    gate = threading.Barrier(len(clients))

    def approve(client, bound):
        try:
            gate.wait()
            form = {"bound": bound, "request": str(uuid.uuid4()), "reason": "Mine."}
            return client.post(f"{address}approve/", form)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(approve, clients, bounds))
    if hold:
        decisions.apply(Decision.objects.get(), now=Decision.objects.get().applies_at)

    assert sorted(answer.status_code for answer in answers) == [303, *[409] * 7]
    decision = Decision.objects.get()
    assert Approval.objects.count() == 1
    assert Version.objects.filter(store=store).count() == 1
    winner = decision.by.removeprefix("person:")
    for answer in answers:
        if answer.status_code == 409:
            page = answer.content.decode()
            assert f"{winner} approved {proposal}" in page
            assert "What you had typed: “Mine.”" in page
