"""What no template may hold, because the content policy or a reader would trip over it."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.base import Template

from reviews.web.presenters import labels
from reviews.web.presenters.icons import PATHS

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(file.relative_to(ROOT / "templates")) for file in TEMPLATES]

FORBIDDEN = {
    "an inline style": r"<[^>]*\sstyle\s*=",
    "an inline handler": r"<[^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "evaluated values": r"hx-(vals|headers)\s*=\s*['\"]\s*(js|javascript):",
    "a trigger filter": r"hx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)",
    "a morph configuration": r"morph:\s*\{",
    "hx-boost": r"\bhx-boost\b",
    "unescaped text": r"\|\s*safe\b|\{%\s*autoescape\s+off",
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "an inline stylesheet": r"<style\b",
    "a key without its tag": r"\sdata-(row-)?key=",
    "a javascript address": r"(href|action)\s*=\s*['\"]\s*javascript:",
    "a positive tabindex": r"tabindex\s*=\s*['\"]?[1-9]",
}


def source(name: str) -> str:
    return (ROOT / "templates" / name).read_text()


def without_comments(text: str) -> str:
    text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{#.*?#\}", "", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_holds_nothing_that_is_forbidden(name: str) -> None:
    text = without_comments(source(name))

    found = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]

    assert found == []


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        ('<p style="color: red">', "an inline style"),
        ('<button onclick="go()">', "an inline handler"),
        ('<div hx-on:click="go()">', "hx-on"),
        ("<div hx-vals='js:{a: 1}'>", "evaluated values"),
        ('<div hx-trigger="click[ctrlKey]">', "a trigger filter"),
        ("<div hx-swap=\"morph:{'a': 1}\">", "a morph configuration"),
        ("{{ text|safe }}", "unescaped text"),
        ("<script>go()</script>", "an inline script"),
        ('<a data-key="a" href="/">', "a key without its tag"),
    ],
)
def test_the_lint_sees_what_it_forbids(bad: str, what: str) -> None:
    assert re.search(FORBIDDEN[what], bad)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    found = engines["django"].get_template(name)

    assert isinstance(found.template, Template)


@pytest.mark.parametrize("name", NAMES)
def test_a_control_that_shows_only_an_icon_has_a_name(name: str) -> None:
    text = without_comments(source(name))

    for element in re.finditer(
        r"<(button|a|summary)\b(?P<head>[^>]*)>(?P<body>.*?)</\1>", text, re.DOTALL
    ):
        body = re.sub(r"\{%\s*icon[^%]*%\}|<kbd.*?</kbd>", "", element["body"])
        words = re.sub(r"<[^>]*>|\{%[^%]*%\}", "", body).strip()
        named = "aria-label" in element["head"]
        assert words or "{%" in body or named, f"{name}: {element.group()[:200]}"


@pytest.mark.parametrize("name", NAMES)
def test_a_partial_that_is_named_exists(name: str) -> None:
    for wanted in re.findall(r"\{% include \"([^\"]+#[^\"]+)\"", source(name)):
        engines["django"].get_template(wanted)


def test_every_fragment_that_a_view_names_exists() -> None:
    views = (ROOT / "reviews" / "web").rglob("*.py")
    named = {
        wanted
        for file in views
        for wanted in re.findall(r"\"([\w/-]+\.html(?:#[\w-]+)?)\"", file.read_text())
    }

    for wanted in sorted(named):
        engines["django"].get_template(wanted)
    assert named


def test_every_icon_that_a_template_draws_exists() -> None:
    drawn = {
        icon
        for name in NAMES
        for icon in re.findall(
            r"\{% icon \"([^\"]+)\"|icon_name=\"([^\"]+)\"", source(name)
        )
        for icon in icon
        if icon
    }

    assert drawn - set(PATHS) == set()


def test_every_label_has_an_icon_that_exists() -> None:
    icons = {one.icon for states in labels.NOUNS.values() for one in states.values()}

    assert icons | set(labels.ACTORS.values()) <= set(PATHS)


def test_the_stylesheet_stays_small_and_the_scripts_too() -> None:
    sheets = [file.read_bytes() for file in (ROOT / "static/css").glob("*.css")]
    scripts = [file.read_bytes() for file in (ROOT / "static/js").glob("*.js")]

    assert all(len(sheet) < 35 * 1024 for sheet in sheets)
    # What travels is compressed, once, and kept by the browser.
    assert len(gzip.compress(b"".join(sheets))) < 15 * 1024
    assert len(gzip.compress(b"".join(scripts))) < 10 * 1024


def test_scripts_evaluate_nothing() -> None:
    for file in (ROOT / "static/js").glob("*.js"):
        assert not re.search(r"\beval\(|new Function|innerHTML\s*=", file.read_text())


def test_vendored_files_are_what_their_list_says() -> None:
    folder = ROOT / "static/vendor"
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$",
            (folder / "README.md").read_text(),
            re.MULTILINE,
        )
    )

    assert set(listed) == {file.name for file in folder.glob("*.js")}
    for name, checksum in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
