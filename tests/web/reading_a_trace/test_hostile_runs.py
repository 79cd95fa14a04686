"""Nothing in a run is obeyed."""

import re

import pytest

from reviews.dreams.models import Signal
from tests.web.conftest import htmx
from tests.web.reading_a_trace.conftest import (
    HUGE,
    a_run,
    answered,
    called,
    quoting,
    read,
    said,
)

pytestmark = pytest.mark.django_db


HOSTILE = '</div><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7|add:7 }}'


def test_hostile_text_is_text_wherever_it_stands(as_vera, agent, store):
    trace = a_run(
        agent,
        said(HOSTILE),
        called(HOSTILE, tool=HOSTILE),
        answered(HOSTILE + HUGE, tool=HOSTILE, agent=HOSTILE),
        {"kind": "thinking", "actor": "agent", "text": HOSTILE},
        title=HOSTILE,
        person=HOSTILE[:100],
        model=HOSTILE[:100],
        tags=(HOSTILE,),
        name=HOSTILE,
        read={HOSTILE: 1},
    )
    quoting(store, trace, "alert(1)")
    Signal.objects.create(
        trace=trace, evaluator="e", kind="k", key="k", step=0, note=HOSTILE
    )

    for page in (
        read(as_vera, trace),
        as_vera.get("/traces/").content.decode(),
        htmx(as_vera.get, f"/traces/{trace.pk}/steps/2/").content.decode(),
    ):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "</div><script" not in page


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        ("\N{ZERO WIDTH SPACE}", "U+200B"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}", "U+202E"),
        ("\N{LEFT-TO-RIGHT ISOLATE}", "U+2066"),
        ("\N{TAG LATIN CAPITAL LETTER A}", "U+E0041"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}", "U+FEFF"),
        ("\x1b", "U+001B"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_a_chip(as_vera, agent, store, hidden, name):
    trace = a_run(agent, said(f"in eu{hidden}ros, please"))
    quoting(store, trace, f"eu{hidden}ros")

    page = read(as_vera, trace)

    assert hidden not in page
    assert re.search(
        rf'eu<span class="chip chip--code"[^>]*>[^<]*{re.escape(name)}', page
    )
    assert "changed since quoted" not in page


def test_what_hides_is_named_in_titles_tools_and_people_too(as_vera, agent):
    trace = a_run(
        agent,
        answered("pay\u200bments \x07", web=True),
        called('{"a": "<b>\u202e"}', tool="<i>\u202e"),
        title="<script>\u202e",
        person="<b>\u2066",
    )

    page = read(as_vera, trace).partition("</title>")[2]

    for hidden in "\u200b\u202e\u2066\x07":
        assert hidden not in page
    for name in ("U+200B", "U+202E", "U+2066", "U+0007"):
        assert name in page
    assert "<i>" not in page
    assert "from outside" in page
