"""A memory rendered: its markdown and nothing else, because its words are untrusted.

HTML in a text is shown as text, no image is ever asked for, and what comes out is
sanitised once more. The source stays the legal text; this view is for reading.
"""

import re
from collections.abc import Sequence
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from reviews.memory import rules

TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "hr", "br", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "a", "em", "strong", "s"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
ABSOLUTE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
LOWEST_HEADING = 6


def render(text: str) -> SafeString:
    """A memory's text as safe HTML; its headings stand one level below the page's."""
    front, body = _divided(text)
    html = f"<pre><code>{escape(front)}</code></pre>" if front else ""
    return mark_safe(html + _sanitised(_parser.render(body)))  # noqa: S308


def _divided(text: str) -> tuple[str, str]:
    """Front matter and the rest: markdown would take it for a heading."""
    if not text.startswith("---"):
        return "", text
    first = next(iter(rules.split(text)), None)
    if first is None or first.kind != "front":
        return "", text
    lines = text.split("\n")
    return "\n".join(lines[: first.end]), "\n".join(lines[first.end :])


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    """A link that leads to a file beside the memory leads nowhere from a page."""
    return None if name == "href" and not ABSOLUTE.match(value) else value


def _lower_headings(state: StateCore) -> None:
    """The page has its first heading already."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 1, LOWEST_HEADING)}"


def _image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    number: int,
    options: OptionsDict,
    env: Any,
) -> str:
    """What an image would be, without asking anybody for it."""
    token = tokens[number]
    words = token.content or "image"
    return f"<em>[{escape(words)}: {escape(token.attrGet('src') or '')}]</em>"


def _made() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.enable(["table", "strikethrough"])
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.add_render_rule("image", _image)
    return parser


_parser = _made()
