"""The pieces every page is made of: icons, badges, actors, times, keys, form fields."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    PasswordInput,
    RadioSelect,
    Select,
    Widget,
)
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from reviews.audit.actors import Actor
from reviews.proposals.models import Evidence
from reviews.web.presenters import icons, labels
from reviews.web.presenters.pieces import ODD, pieces

register = template.Library()

UNITS = [
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
]


@register.simple_tag
@cache
def icon(name: str, size: str = "") -> SafeString:
    """A drawing that only repeats what a word beside it says; hidden from readers."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        "{}</svg>",
        f" icon--{size}" if size else "",
        mark_safe(icons.PATHS[name]),  # noqa: S308 - a constant of ours
    )


@register.simple_tag
def symbol(name: str) -> SafeString:
    """A drawing to be used by its name, ``#i-…``, where there are thousands of it."""
    drawing = mark_safe(icons.PATHS[name])  # noqa: S308 - a constant of ours
    return format_html(
        '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>', name, drawing
    )


# A list shows the same few badges over and over: each is rendered once per process.
@register.simple_tag
@cache
def badge(noun: str, state: str) -> SafeString:
    """The state of a noun as icon, word and tint: ``{% badge "dream" dream.state %}``."""
    return render_to_string(
        "components/badge.html", {"label": labels.label(noun, state)}
    )


@register.simple_tag
@lru_cache(maxsize=2_000)
def who(actor: Actor | str) -> SafeString:
    """Whoever acted: ``{% who decision.by %}``."""
    found = actor if isinstance(actor, Actor) else Actor.parse(actor)
    told = {"kind": found.kind, "name": found.name, "icon": labels.ACTORS[found.kind]}
    # What follows is often a comma.
    return mark_safe(render_to_string("components/who.html", told).rstrip())  # noqa: S308


@register.simple_tag
def when(at: datetime | None, empty: str = "never") -> SafeString | str:
    """A time as people say it, exact in its title."""
    if at is None:
        return empty
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC" data-relative>{}</time>',
        utc.isoformat(timespec="seconds"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        ago(at),
    )


@register.simple_tag
def countdown(at: datetime) -> SafeString:
    """The time left until then, counted down while the page is open."""
    left = max(0, int((at - timezone.now()).total_seconds() + 0.999))
    words = f"in {left} s" if left < 120 else f"in {-(-left // 60)} min"
    return format_html(
        '<time datetime="{}" data-countdown>{}</time>',
        at.astimezone(UTC).isoformat(timespec="milliseconds"),
        words if left else "now",
    )


@register.filter
def ago(at: datetime) -> str:
    """In one unit: "3 hours ago", "in 2 days", "just now"."""
    seconds = (timezone.now() - at).total_seconds()
    for unit, size in UNITS:
        count = int(abs(seconds) // size)
        if count:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"


@register.filter
def code(text: str) -> SafeString:
    """A sentence whose words in backticks stand in code's type; nothing else is markup.

    A backtick that is never closed, as where a title is cut, stays one.
    """
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return format_html_join(
        "",
        "{}{}{}",
        (
            (mark_safe("<code>"), visible(part), mark_safe("</code>"))
            if number % 2
            else ("", visible(part), "")
            for number, part in enumerate(parts)
        ),
    )


@register.filter
def visible(text: str) -> SafeString:
    """A text with every character that cannot be seen, or turns others round, by name."""
    text = str(text)
    if not ODD.search(text):
        # Thousands of steps say nothing odd.
        return escape(text)
    return format_html_join(
        "",
        "{}{}{}",
        (
            (
                mark_safe('<span class="chip chip--code">'),
                piece.name,
                mark_safe("</span>"),
            )
            if piece.odd
            else ("", piece.text, "")
            for piece in pieces(text, last=False)
        ),
    )


@register.filter
def spelled(text: str) -> str:
    """The same where no markup can stand, as in the title of a window."""
    return "".join(
        f"[{piece.name}]" if piece.odd else piece.text
        for piece in pieces(str(text), last=False)
    )


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value under a key that is itself a variable."""
    return mapping.get(key)


@register.filter
def evidence_url(quote: Evidence) -> str:
    """Where the quote stands in its trace; empty when that is no longer kept."""
    if quote.trace_id is None:
        return ""
    step = reverse("web:trace-at", args=[quote.trace_id, quote.step])
    return f"{step}?hl={quote.pk}#ev-{quote.pk}"


@register.simple_tag
@cache
def risk(level: str) -> SafeString:
    """How grave it would be to be wrong: a dot and a word."""
    return render_to_string(
        "components/risk.html", {"label": labels.label("risk", level)}
    )


@register.simple_tag
@cache
def key(name: str) -> SafeString:
    """The attributes of a control that a key clicks: ``<button {% key "a" %}>``.

    ``g i`` is a sequence, which ``aria-keyshortcuts`` cannot say; ``mod`` is Control or
    Command.
    """
    if name.startswith("mod+"):
        rest = name.removeprefix("mod+")
        spoken = f"Control+{rest} Meta+{rest}"
    else:
        spoken = "" if " " in name else name.replace("?", "Shift+?")
    if not spoken:
        return format_html('data-key="{}"', name)
    return format_html('data-key="{}" aria-keyshortcuts="{}"', name, spoken)


@register.simple_tag
@cache
def rowkey(name: str) -> SafeString:
    """Like ``key``, for a control that acts on the row under the cursor."""
    return format_html('data-row-key="{}" aria-keyshortcuts="{}"', name, name)


@register.inclusion_tag("components/field.html")
def field(
    field: BoundField, hint: str = "", label: str = "", **attrs: Any
) -> dict[str, Any]:
    """A form field with label, hint and errors, whatever form it is of."""
    kind = _kind(field.field.widget)
    given = {name.replace("_", "-"): value for name, value in attrs.items()}
    if kind in ("input", "password", "select"):
        given["class"] = "input"
    return {
        "field": field,
        "kind": kind,
        "label": label or field.label,
        # A list always has its choice made; only what is typed can be left out.
        "optional": not field.field.required and kind != "select",
        "hint": hint or field.help_text,
        "widget": field.as_widget(attrs=given) if kind != "choices" else "",
    }


def _kind(widget: Widget) -> str:
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, PasswordInput):
        return "password"
    return "select" if isinstance(widget, Select) else "input"
