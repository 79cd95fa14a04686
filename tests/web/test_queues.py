"""The queue travels in the address: the next one is the next one of the list one came from."""

import uuid
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from reviews.web.queues import Queue
from tests import factories
from tests.factories import ADA

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(team):
    return factories.a_store(team, "support")


@pytest.fixture
def queue(team, cast):
    """The queue that an address carries, for Ada."""

    def carried(query="", method="get"):
        request = getattr(RequestFactory(), method)("/proposals/1/", {"from": query})
        request.team, request.user = team, cast["ada"]
        return Queue.of(request)

    return carried


def test_the_plain_queue_is_what_is_ones_turn(queue, store):
    first, second, third = (factories.a_proposal(store) for _ in range(3))

    plain = queue()

    assert plain.next(first) == second
    assert plain.next(third) == first
    assert plain.previous(second) == first
    assert plain.previous(first) == third
    assert plain.place(second) == (2, 3)
    assert plain.url == "/inbox/"
    assert plain.address(second) == f"/proposals/{second.pk}/"


def test_a_narrowed_list_is_gone_through_as_it_was_narrowed(queue, store):
    made = [factories.a_proposal(store, title=f"Rule {n}") for n in range(4)]
    Proposal.objects.filter(pk__in=[made[1].pk, made[3].pk]).update(risk="high")

    narrowed = queue("q=risk:high&sort=newest")

    assert narrowed.next(made[3]) == made[1]
    assert narrowed.next(made[1]) == made[3]
    assert narrowed.place(made[1]) == (2, 2)
    assert queue("q=nothing+like+it").next(made[0]) is None


def test_another_section_is_a_queue_too(queue, store):
    held, sent, waiting = (factories.a_proposal(store) for _ in range(3))
    decisions.request_changes(sent, by=ADA, reason="Narrower.")
    decisions.approve(held, by=ADA)

    others = queue("section=waiting", method="post")

    assert others.next(held) == sent
    assert others.place(held)[1] == 2
    assert queue("section=all").place(waiting)[1] == 3


def test_one_that_has_left_the_queue_stands_where_it_would_be(queue, store):
    first, second, third = (factories.a_proposal(store) for _ in range(3))
    decisions.reject(second, by=ADA, reason="No.")
    second.refresh_from_db()

    assert queue().next(second) == third
    assert queue().previous(second) == first
    assert queue().place(second) == (2, 2)


def test_what_is_carried_comes_back_the_same(queue):
    carried = queue("section=returned&q=risk%3Ahigh+%22a+b%22&sort=waiting&group=store")

    again = queue(carried.query)

    assert again == carried
    assert parse_qs(carried.query)["q"] == ['risk:high "a b"']
    assert carried.url == f"/inbox/?{carried.query}"
    assert "from=section%3Dreturned" in carried.asking


@pytest.mark.parametrize(
    "nonsense", ["section=x&sort=y&group=z&store=nowhere", "q=risk:", "%%%", "a" * 5000]
)
def test_nonsense_is_the_plain_queue(queue, store, nonsense):
    only = factories.a_proposal(store)

    assert queue(nonsense).place(only) == (1, 1)


def test_each_question_is_a_bounded_query(queue, store, django_assert_max_num_queries):
    made = [factories.a_proposal(store) for _ in range(5)]
    plain = queue()

    with django_assert_max_num_queries(4):
        plain.next(made[0])
        plain.place(made[0])


def test_an_approval_asks_and_writes_in_eighteen_statements(as_ada, store):
    made = [factories.a_proposal(store) for _ in range(3)]
    with CaptureQueriesContext(connection) as captured:
        form = {"reason": "Seen twice.", "request": str(uuid.uuid4())}
        answer = as_ada.post(f"/proposals/{made[0].pk}/approve/", form)

    assert answer["Location"] == f"/proposals/{made[1].pk}/"
    asked = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
    assert len(asked) <= 18, "\n".join(asked)
