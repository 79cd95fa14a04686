"""What people and agents do in more than one scenario."""

import json
import re
import urllib.request
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews.memory.models import Store
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from reviews.teams import tokens
from tests.journeys.scenarios.seed import ADAM

# A queue is not longer than this in any scenario.
MOST_STEPS = 60


class Reader:
    """An agent that reads its memory over HTTP, by a token and nothing else."""

    def __init__(self, url: str, store: Store) -> None:
        self.url = f"{url}/api/stores/{store.name}/bundle"
        agent = store.subscriptions.select_related("agent").first().agent
        _, self.token = tokens.issue(agent, ["read-memory"], by=ADAM)

    def read(self) -> tuple[int, dict[str, str]]:
        """The version, and every text by its path."""
        request = urllib.request.Request(
            self.url, headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request) as answer:
            body = json.load(answer)
        return body["version"], {one["path"]: one["text"] for one in body["memories"]}


def after_the_hold() -> None:
    """What the worker does when holds have ended."""
    decisions.apply_due(now=timezone.now() + timedelta(minutes=1))


def cursor_to(page: Page, proposal: Proposal) -> None:
    """Press j, and at the end of the list k, until the cursor stands on a proposal's row.

    A list that one comes back to has its cursor where one was.
    """
    row = page.locator(f"#proposal-{proposal.pk}")
    expect(row).to_be_visible()
    for key in ("j", "k"):
        before = None
        for _ in range(MOST_STEPS):
            page.keyboard.press(key)
            if row.get_attribute("data-cursor") is not None:
                return
            here = page.locator("[data-row][data-cursor]").get_attribute("id")
            if here == before:
                break
            before = here
    raise AssertionError(f"neither j nor k comes to {proposal}")


def open_by_keys(page: Page, proposal: Proposal, queue: str = "/inbox/") -> None:
    """From the inbox to a proposal, by keys."""
    page.goto(queue)
    cursor_to(page, proposal)
    page.keyboard.press("Enter")
    at(page, proposal)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def at(page: Page, proposal: Proposal) -> None:
    """Wait until the page is the one about this proposal, by whatever queue."""
    page.wait_for_url(re.compile(rf"/proposals/{proposal.pk}/(\?|$)"))


def left(page: Page, proposal: Proposal) -> None:
    """Wait until the page is about something else than this proposal."""
    page.wait_for_url(lambda url: not re.search(rf"/proposals/{proposal.pk}\b", url))
