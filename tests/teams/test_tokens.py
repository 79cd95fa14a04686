"""Agent tokens: shown once, hashed at rest, scoped, expiring, revocable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.errors import Invalid
from reviews.teams import tokens
from reviews.teams.models import Token
from tests.factories import MAX, an_agent

pytestmark = pytest.mark.django_db


def test_a_token_opens_the_doors_of_its_scopes_and_no_other():
    _, clear = tokens.issue(an_agent(), ["read-memory"], by=MAX)

    assert tokens.verify(clear, "read-memory").agent
    with pytest.raises(tokens.MissingScope, match="write-traces"):
        tokens.verify(clear, "write-traces")


def test_the_database_never_sees_the_clear_text():
    token, clear = tokens.issue(an_agent(), ["read-memory"], by=MAX)

    row = str(Token.objects.filter(pk=token.pk).values().get())

    assert clear not in row
    assert clear.startswith(token.prefix)


@pytest.mark.parametrize("change", [{"expires_at": -1}, {"revoked_at": -1}])
def test_an_expired_or_revoked_token_opens_nothing(change):
    token, clear = tokens.issue(an_agent(), ["read-memory"], by=MAX, days=30)
    name, days = change.popitem()
    Token.objects.filter(pk=token.pk).update(
        **{name: timezone.now() + timedelta(days=days)}
    )

    with pytest.raises(tokens.BadToken):
        tokens.verify(clear, "read-memory")


def test_revoking_is_written_down_once():
    token, clear = tokens.issue(an_agent(), ["read-memory"], by=MAX)

    tokens.revoke(token, by=MAX)
    tokens.revoke(token, by=MAX)

    with pytest.raises(tokens.BadToken):
        tokens.verify(clear, "read-memory")


@pytest.mark.parametrize("scopes", [[], ["rule-the-world"]])
def test_an_unknown_scope_is_refused_with_those_there_are(scopes):
    with pytest.raises(Invalid, match="write-traces, read-memory"):
        tokens.issue(an_agent(), scopes, by=MAX)


def test_use_is_visible_without_a_write_per_read(django_assert_num_queries):
    _, clear = tokens.issue(an_agent(), ["read-memory"], by=MAX)

    tokens.verify(clear, "read-memory")
    assert Token.objects.get().last_used_at

    with django_assert_num_queries(1):
        tokens.verify(clear, "read-memory")


@pytest.mark.parametrize("days", [-1, 0, 36_501, 10**12])
def test_a_token_lasts_a_number_of_days_that_makes_sense(days):
    with pytest.raises(Invalid, match="at least a day"):
        tokens.issue(an_agent(), ["read-memory"], by=MAX, days=days)
