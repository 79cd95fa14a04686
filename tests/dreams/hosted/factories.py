"""Linked stores, and sessions as they lie over there."""

from datetime import UTC, datetime, timedelta

from reviews.dreams.hosted import links
from tests.factories import MAX, a_store

RULES = """\
# Rules

- Ask for the order number before anything else.
- Refund within 14 days of the purchase.
- Keep a copy of every invoice for the tax office.
"""
_START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def a_link(loopback, texts=None, store=None, **settings):
    """A store of ours, linked to one over there that says this."""
    store = store or a_store(hold_seconds=0)
    remote = loopback.stores.make(
        "Rules", {"/rules.md": RULES} if texts is None else texts
    )
    return links.link(store, remote, by=MAX, **settings)


def event(number, kind, **fields):
    at = _START + timedelta(seconds=number)
    return {
        "id": f"sevt_{number:04}",
        "type": kind,
        "processed_at": at.isoformat().replace("+00:00", "Z"),
    } | fields


def said(number, text, kind="user.message"):
    return event(number, kind, content=[{"type": "text", "text": text}])


def a_session(loopback, hosted, *texts, **fields):
    """A session in which a person said these things."""
    events = [said(number, text) for number, text in enumerate(texts or ("Hello.",))]
    return loopback.sessions.make(
        hosted.remote_id, *events, created_at=_START.isoformat(), **fields
    )
