"""Two windows of one person rename their filters at the same moment."""

import threading

import pytest
from django.db import connection

from reviews.proposals import filters
from reviews.proposals.models import Filter
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6


def test_of_many_renamed_to_one_name_at_once_one_has_it_and_the_others_are_told():
    team = factories.a_team()
    user = factories.a_user("ada", team)
    for number in range(MANY):
        filters.save(user, team, name=f"f{number}", query="risk:high")
    told: list[str] = []
    begin = threading.Barrier(MANY)

    def rename(name: str) -> None:
        begin.wait()
        try:
            filters.rename(user, team, name=name, to="mine")
        except filters.NameTaken as refusal:
            told.append(refusal.message)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=rename, args=(f"f{number}",)) for number in range(MANY)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Filter.objects.filter(user=user, name="mine").count() == 1
    assert told == ["You have a filter called “mine”."] * (MANY - 1)
