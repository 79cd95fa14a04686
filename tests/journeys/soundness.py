"""Whether everybody can use a page as it stands: axe, themes, a small screen, no script."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Controls that do nothing without script, or that no key reaches. What keeps a page fresh
# or remembers what is typed says data-quiet; glue that only script can do is a button.
BARE = """() => [...document.querySelectorAll("[hx-get], [hx-post], [data-dialog], [data-jump], [data-copy], [tabindex]")].filter(el => {
  if (el.tabIndex > 0) return true;
  if (el.hasAttribute("tabindex") && !el.matches("[hx-get], [hx-post], [data-dialog], [data-jump], [data-copy]")) return false;
  if (el.hasAttribute("data-quiet")) return false;
  if (el.matches("form")) return !el.action;
  if (el.matches("a")) return !el.hasAttribute("href");
  if (el.matches("summary")) return false;
  if (el.hasAttribute("hx-get") || el.hasAttribute("hx-post")) return !el.form;
  return !el.matches("button");
}).map(el => el.outerHTML.slice(0, 200))"""
STANDARDS = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
]


def problems(page: Page, within: str | None = None) -> list[str]:
    """What axe finds in both themes, what is too wide, what needs a mouse.

    Of a card that covers other things until it is closed, only what is ``within`` counts.
    """
    page.set_viewport_size({"width": 1280, "height": 800})
    # A colour that is still changing is nobody's colour.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    light = findings(page, {"runOnly": STANDARDS}, within)
    # Only colours differ in the dark.
    page.emulate_media(color_scheme="dark")
    dark = findings(page, {"runOnly": ["color-contrast"]}, within)
    page.set_viewport_size({"width": 320, "height": 640})
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    wide = [f"{beyond} px too wide at 320 px"] if beyond > 0 else []
    bare = [f"needs script or a mouse: {html}" for html in page.evaluate(BARE)]
    return light + [f"in the dark: {finding}" for finding in dark] + wide + bare


def findings(page: Page, options: dict[str, Any], within: str | None) -> list[str]:
    asked = {"resultTypes": ["violations"]} | options
    results = Axe().run(page, within, asked)
    return [
        f"{finding['id']} ({finding['impact']}): {finding['nodes'][0]['html'][:200]}"
        for finding in results.response["violations"]
    ]
