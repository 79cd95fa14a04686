"""Pages by position: every row once, whatever moves or ties."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.teams.models import User
from reviews.web import keysets

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def some_users(count: int, *, ties: int) -> None:
    User.objects.bulk_create(
        User(username=f"user{n}", date_joined=NOON + timedelta(hours=n // ties))
        for n in range(count)
    )


def every_page(**how) -> list[int]:
    seen, after = [], ""
    while True:
        page = keysets.page(User.objects.all(), after=after, **how)
        seen += [row.pk for row in page.rows]
        if not page.older:
            return seen
        after = page.older


@pytest.mark.parametrize("ties", [1, 3, 100])
@pytest.mark.parametrize("size", [1, 7, 24, 25, 26])
def test_every_row_comes_once_and_newest_first(ties, size):
    some_users(25, ties=ties)

    seen = every_page(by="date_joined", size=size)

    expected = User.objects.order_by("-date_joined", "-pk").values_list("pk", flat=True)
    assert seen == list(expected)


def test_what_arrives_meanwhile_neither_repeats_nor_hides_a_row():
    some_users(10, ties=1)
    first = keysets.page(User.objects.all(), by="date_joined", size=5)
    User.objects.create(username="late", date_joined=NOON + timedelta(days=9))

    second = keysets.page(
        User.objects.all(), by="date_joined", size=5, after=first.older
    )

    names = [user.username for user in (*first.rows, *second.rows)]
    assert names == [f"user{n}" for n in range(9, -1, -1)]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x~1",
        "2026-11-26~",
        "~~",
        "2026~1~1",
        "2026-11-26T12:00~1",
        "0001-01-01T00:00+23:00~1",
    ],
)
def test_a_position_that_cannot_be_read_is_the_beginning(after):
    some_users(3, ties=1)

    page = keysets.page(User.objects.all(), by="date_joined", after=after)

    assert len(page.rows) == 3
    assert page.after == ""
