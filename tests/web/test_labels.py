"""Every state has its word; every pair of colours can be read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from reviews.dreams.models import Dream
from reviews.memory.models import Revision, Version
from reviews.proposals.models import Decision, Evidence, Operation, Proposal
from reviews.teams.models import Membership
from reviews.templatetags import interface
from reviews.traces.models import Trace
from reviews.web.presenters import labels

CHOICES = [
    ("proposal", Proposal.State),
    ("risk", Proposal.Risk),
    ("operation", Operation.Kind),
    ("decision", Decision.State),
    ("stance", Evidence.Stance),
    ("dream", Dream.State),
    ("version", Version.Kind),
    ("revision", Revision.Operation),
    ("outcome", Trace.Outcome),
    ("role", Membership.Role),
]


@pytest.mark.parametrize(
    ("noun", "choices"), CHOICES, ids=[noun for noun, _ in CHOICES]
)
def test_every_state_has_a_label_and_no_label_lacks_its_state(noun, choices):
    # What is made up for showing, of several or beside them.
    extra = {"operation": {"mixed"}, "stance": {"neutral"}}.get(noun, set())

    assert set(labels.NOUNS[noun]) == set(choices.values) | extra


def tokens() -> dict[str, tuple[str, str]]:
    css = (Path(settings.BASE_DIR) / "static/css/app.css").read_text()
    return {
        name: (light, dark)
        for name, light, dark in re.findall(
            r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css
        )
    }


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TONES = ("ok", "warn", "danger", "info", "neutral", "violet")
TEXT = [
    *(("fg", ground) for ground in ("bg", "surface", "sunken", "hover", "accent-tint")),
    *(("muted", ground) for ground in ("bg", "surface", "hover")),
    *(("accent", ground) for ground in ("bg", "surface", "accent-tint")),
    ("on-accent", "accent"),
    *((tone, f"{tone}-tint") for tone in TONES),
    *((tone, "bg") for tone in TONES),
    *(("fg", f"{tone}-tint") for tone in TONES),
    *(("fg", f"{side}-{part}") for side in ("add", "del") for part in ("line", "word")),
    ("add-mark", "add-gutter"),
    ("del-mark", "del-gutter"),
    ("fg", "evidence"),
]


@pytest.mark.parametrize(("text", "ground"), TEXT)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(text, ground, theme):
    known = tokens()

    assert contrast(known[text][theme], known[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_border_of_a_control_can_be_seen(theme):
    known = tokens()

    assert contrast(known["border-strong"][theme], known["bg"][theme]) >= 3


def test_a_comma_may_follow_whoever_acted():
    assert interface.who("person:ada").endswith("ada</span>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call `get_policy` first", "call <code>get_policy</code> first"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("<b> & `a", "&lt;b&gt; &amp; `a"),
        ("after `a` and `ch…", "after <code>a</code> and `ch…"),
        ("plain", "plain"),
    ],
)
def test_words_in_backticks_stand_in_code_s_type(text, shown):
    assert interface.code(text) == shown
