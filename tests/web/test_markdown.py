"""A memory's text as a page: rendered, and harmless whatever it holds."""

import re
from html.parser import HTMLParser

import pytest

from reviews.web.presenters import markdown


class Elements(HTMLParser):
    """Every element with its attributes, as a browser would read them."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/pixel.png)",
        '![" onerror="alert(1)](https://evil.example/a)',
        '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
        "<style>*{display:none}</style>",
        "---\n<script>alert(1)</script>\n---\n",
        "```\n<script>alert(1)</script>\n```",
        "<https://a.example/<script>>",
        "| <b>x</b> |\n|:-:|\n| y |",
    ],
)
def test_a_hostile_text_runs_nothing_and_loads_nothing(hostile):
    found = Elements()
    found.feed(markdown.render(hostile))

    assert {tag for tag, _ in found.seen} <= markdown.TAGS
    for _, attributes in found.seen:
        assert attributes.keys() <= {"href", "title", "rel", "start"}
        assert attributes.get("href", "https:").startswith("https:")


def test_markdown_is_rendered_below_the_page_s_own_heading():
    html = markdown.render("# Rules\n\n- Use `euros`.\n\n| a |\n|---|\n| 1 |\n")

    assert "<h2>Rules</h2>" in html
    assert "<code>euros</code>" in html
    assert "<table>" in html


def test_only_a_link_to_elsewhere_is_one():
    html = markdown.render(
        "[guide](docs/guide.md) [up](#rules) [docs](https://a.example)"
    )

    assert re.findall(r'href="(.*?)"', html) == ["https://a.example"]
    assert ">guide</a>" in html


def test_front_matter_is_no_heading():
    html = markdown.render("---\nname: desk\n---\n# Rules\n")

    assert html.startswith("<pre><code>---\nname: desk\n---</code></pre>")
    assert html.count("<h2>") == 1
