"""Diffs in templates: ``{% shown change as diff %}``, ``{% diff_tools %}``."""

from dataclasses import dataclass
from typing import Any

from django import template

from reviews.web.presenters import rendered
from reviews.web.presenters.diffs import Change, Hunk, View
from reviews.web.presenters.rendered import Block
from reviews.web.presenters.windows import Fold
from reviews.web.unfolding import asked

register = template.Library()


@dataclass(frozen=True)
class Shown:
    """One diff in the view that is asked for, or that suits it."""

    change: Change
    view: View
    hunks: tuple[Hunk, ...] = ()
    # Rows that are too many for one page.
    more: int = 0
    blocks: tuple[Block, ...] = ()
    alike: bool = False


@register.simple_tag(takes_context=True)
def shown(context: template.Context, change: Change) -> Shown:
    """``{% shown change as diff %}``: its hunks, or its rendered blocks."""
    wanted = asked(context.get("request"))
    view = wanted.view or change.view
    if view == "rendered":
        blocks = tuple(rendered.blocks(change))
        alike = bool(blocks) and all(block.alike for block in blocks)
        return Shown(change, view, blocks=blocks, alike=alike)
    if change.one_sided:
        view = "unified"
    hunks, more = change.cut(view, wanted.opened(change), whole=wanted.whole)
    return Shown(change, view, hunks, more)


@register.simple_tag(takes_context=True)
def opening(context: template.Context, change: Change, fold: Fold) -> dict[str, str]:
    """Where the links of a fold lead; nowhere outside a page."""
    wanted = asked(context.get("request"))
    if not wanted.here:
        return {}
    heading = wanted.with_fold(change, fold, "heading") if fold.heading else ""
    return {
        "more": wanted.with_fold(change, fold, fold.more),
        "heading": heading,
        "all": wanted.with_fold(change, fold, "all"),
    }


@register.inclusion_tag("components/diff_tools.html", takes_context=True)
def diff_tools(context: template.Context, target: str = "#diff") -> dict[str, Any]:
    """The controls of all diffs of a page: ``{% diff_tools %}`` once, within its target."""
    wanted = asked(context.get("request"))
    view = wanted.view or "unified"
    return {
        "view": view,
        "target": target,
        "views": [
            ("unified", "Unified", wanted.with_view("unified"), _key(view, "unified")),
            ("split", "Side by side", wanted.with_view("split"), _key(view, "split")),
            (
                "rendered",
                "Rendered",
                wanted.with_view("rendered"),
                _key(view, "rendered"),
            ),
        ],
        "whole": wanted.whole,
        "expand": wanted.with_whole(),
    }


def _key(view: str, to: str) -> str:
    """``m`` goes to the other side-by-sideness, ``v`` to rendered and back."""
    if view == to:
        return ""
    if to == "rendered" or (view == "rendered" and to == "unified"):
        return "v"
    return "m"
