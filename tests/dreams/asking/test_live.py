"""Against Anthropic itself, for whoever pays a cent: ANTHROPIC_API_KEY=… LIVE=1."""

import os

import pytest

from reviews.dreams.asking import batches
from reviews.dreams.engines import Waiting
from reviews.dreams.models import Batch, Completion
from tests import settings as ours
from tests.dreams.asking.factories import (
    Verdict,
    allow,
    an_asking_dream,
    ask,
    oracle,
    questions,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.enable_socket,
    pytest.mark.skipif(
        not (ours.LIVE_KEY and os.environ.get("LIVE")),
        reason="costs a cent: set ANTHROPIC_API_KEY and LIVE=1",
    ),
]


@pytest.fixture(autouse=True)
def key(settings):
    settings.ANTHROPIC_API_KEY = ours.LIVE_KEY


def test_a_question_is_answered_in_its_shape_for_what_its_bill_says():
    dream = an_asking_dream()
    allow(dream, "0.05")
    most = oracle(dream).estimate(questions(2, tier="small"))

    answers = ask(dream, *questions(2, tier="small"))
    again = ask(dream, *questions(2, tier="small"))

    assert [a.problem for a in answers.values()] == ["", ""]
    assert all(isinstance(a.value, Verdict) for a in answers.values())
    assert [a.value for a in again.values()] == [a.value for a in answers.values()]
    paid = sum(Completion.objects.values_list("cost", flat=True))
    assert 0 < paid <= most
    assert all(Completion.objects.values_list("request_id", flat=True))


def test_a_batch_is_handed_in_and_canceled():
    dream = an_asking_dream(scheduled=True)
    allow(dream, "0.05")

    with pytest.raises(Waiting):
        ask(dream, *questions(2, tier="small"))

    batch = Batch.objects.get()
    assert batch.remote_id.startswith("msgbatch_")
    batches.cancel(batch)
    assert batch.state == "canceled"
