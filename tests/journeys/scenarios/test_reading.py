"""Scenarios 11 to 13: hostile words, from a quote to its trace and back, a very long trace."""

import re

import pytest
from playwright.sync_api import expect

from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests import factories
from tests.journeys.scenarios.seed import TALK

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 2_000
BODY = 3_000  # characters of each
FIRST_PAINT = """() => new Promise(resolve => new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""
PLACE = "document.querySelector('.evidence').getBoundingClientRect().y"
BACK = f"before => Math.abs({PLACE} - before) < 40"
# Scrolling takes frames: once the page has stood still for a few of them, where it stands.
STILL = f"""() => new Promise(resolve => {{
  let last, times = 0;
  const look = () => {{
    const y = {PLACE};
    times = y === last ? times + 1 : 0;
    last = y;
    times > 10 ? resolve(y) : setTimeout(look, 20);
  }};
  look();
}})"""
NEEDLE = "the parcel went to Graz"


def test_11_hostile_words_are_shown_for_what_they_are(seed, desk_of, complaints):
    fifth = seed.proposals[4]
    page = desk_of("olga")
    elsewhere = []
    page.on("request", lambda one: elsewhere.append(one.url))

    page.goto(f"/proposals/{fifth.pk}/")

    main = page.locator("#main")
    expect(page.locator("#op-0 .chip--code", has_text="U+200B").first).to_be_visible()
    expect(main).to_contain_text("<script>")
    expect(main).to_contain_text("gives orders to a model")
    expect(main).to_contain_text("characters that nobody can see")
    assert "taken" not in page.title()
    assert [url for url in elsewhere if "tracker.example" in url] == []
    assert complaints == []


def test_12_a_quote_leads_to_its_place_in_the_trace_and_back(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga", viewport={"width": 1280, "height": 500})
    page.goto(f"/proposals/{first.pk}/")
    quote = page.locator("#main .evidence a").nth(1)
    quote.scroll_into_view_if_needed()
    quote.focus()
    before = page.evaluate(STILL)

    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/traces/\d+/at/{TALK}/"))
    mark = page.locator("mark[data-lit]").first
    expect(mark).to_be_in_viewport()
    expect(mark).to_contain_text("four hours would have been fine")
    # Two proposals quote these words: this one, and the one beside it.
    expect(page.locator("#main")).to_contain_text(str(first))
    page.keyboard.press("n")
    expect(
        page.locator("mark.quote[data-here], mark.quote:focus").first
    ).to_be_in_viewport()

    page.go_back()
    page.wait_for_url(re.compile(r"/proposals/"))
    expect(page.locator(".evidence").first).to_be_attached()
    page.wait_for_function(BACK, arg=before)


def a_long_trace(team):
    """Two thousand steps, one of which says where the parcel went."""
    words = "Nothing of note happened here. " * (BODY // 31 + 1)
    steps = [
        Step(
            index,
            "message" if index % 2 else "tool_result",
            "agent" if index % 2 else "tool",
            f"{index}: {words}"[:BODY],
            "" if index % 2 else "look",
        )
        for index in range(STEPS)
    ]
    steps[1_234] = Step(1_234, "message", "agent", f"{words} In truth {NEEDLE}.")
    record = Record(external_id="long", format="own", steps=steps)
    (taken,) = intake.accept(team.agents.first(), [record], by=factories.SETUP)
    return Trace.objects.get(pk=taken.trace)


def test_13_two_thousand_steps_open_at_once_and_are_searched(seed, desk_of):
    trace = a_long_trace(seed.team)
    page = desk_of("olga")
    page.goto("/traces/")
    sizes = []
    page.on(
        "response", lambda one: sizes.append(one) if "/traces/" in one.url else None
    )

    page.goto(f"/traces/{trace.pk}/at/1900/#s1900", wait_until="commit")
    painted = page.evaluate(FIRST_PAINT)

    expect(page.locator("#s1900")).to_be_in_viewport()
    assert painted < 2_000
    assert len(sizes[0].body()) < 1_000_000
    expect(page.locator("li.step")).to_have_count(STEPS)
    # The address of a step on the whole run's page leads there as well.
    page.goto(f"/traces/{trace.pk}/#s1900")
    expect(page.locator("#s1900")).to_be_in_viewport()
    # What no page has loaded is found all the same.
    assert NEEDLE not in page.content()
    page.keyboard.press("/")
    page.keyboard.type(NEEDLE)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=**")
    page.locator("body").press("n")
    expect(page.locator("#s1234 mark.hit")).to_have_text(NEEDLE)
    expect(page.locator("#s1234 mark.hit")).to_be_in_viewport()
