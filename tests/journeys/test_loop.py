"""The whole loop, as people and an agent live it: real traces in, an undo out."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews.audit.actors import Actor
from reviews.dreams import messages
from reviews.examples import team as example
from reviews.memory.models import Store
from reviews.proposals import decisions
from reviews.proposals.models import Decision, Proposal
from reviews.teams import tokens
from reviews.teams.models import Agent, Membership, Team
from reviews.traces.models import Trace
from tests import factories
from tests.management.test_accounts import run

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parents[3] / "shared" / "data"
WORDS = "Tell the person what you did."


@dataclass(frozen=True)
class Source:
    """Where traces come from, and how many there are of them."""

    store: str
    agent: str
    bring: Callable[[Team], Team]
    traces: int


def imported(path: str, agent: str, store: str) -> Callable[[Team], Team]:
    def bring(team: Team) -> Team:
        words = ("import", str(DATA / path), "--agent", agent, "--store", store)
        said = run(*words, "--team", team.slug)
        assert said["imported"] == said["records"]
        assert (said["unreadable"], said["conflicts"], said["invalid"]) == ([], [], [])
        again = run(*words, "--team", team.slug)
        assert (again["imported"], again["duplicates"]) == (0, said["records"])
        return team

    return bring


def generated(team: Team) -> Team:
    made = example.create(by=Actor("person", "max"), traces=120)
    Membership.objects.filter(user__username="ada").update(team=made)
    return made


real = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real traces are not here"),
]
SOURCES = [
    pytest.param(Source("support", "support-desk", generated, 120), id="example"),
    pytest.param(
        Source(
            "airline",
            "airline",
            imported("tau-airline/runs.json.gz", "airline", "airline"),
            96,
        ),
        marks=real,
        id="tau-airline",
    ),
    pytest.param(
        Source(
            "code",
            "claude",
            imported("claude-code-team/sessions", "claude", "code"),
            88,
        ),
        marks=real,
        id="claude-code-team",
    ),
]


@pytest.fixture(autouse=True)
def no_workers(monkeypatch):
    """Commands do the work themselves."""
    monkeypatch.setattr(messages, "somebody_listens", lambda: False)


class Reader:
    """An agent that reads its memory over HTTP, by a token and nothing else."""

    def __init__(self, url: str, store: Store, agent: Agent) -> None:
        self.url = f"{url}/api/stores/{store.name}/bundle"
        _, self.token = tokens.issue(agent, ["read-memory"], by=factories.MAX)

    def read(self) -> tuple[int, dict[str, str]]:
        """The version, and every text by its path."""
        request = urllib.request.Request(
            self.url, headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request) as answer:
            body = json.load(answer)
        return body["version"], {one["path"]: one["text"] for one in body["memories"]}


def edit_and_approve_by_keys(page: Page) -> str:
    """From the inbox to the first proposal, word it differently, approve; its name."""
    page.goto("/inbox/")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/proposals/*/")
    name = page.locator(".crumbs").get_by_text("P-").inner_text()
    page.keyboard.press("e")
    page.wait_for_url("**/edit/")
    rule = page.get_by_label("The rule").first
    expect(rule).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(f" {WORDS}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text(f"{name} is approved. Applies in")
    return name


def blame_of(page: Page, store: str, path: str) -> None:
    """The memory, with who answers for each line."""
    page.goto(f"/memory/{store}/{path.removeprefix('/')}")
    page.keyboard.press("b")
    expect(page.get_by_text(WORDS).first).to_be_visible()


@pytest.mark.parametrize("source", SOURCES)
def test_traces_become_a_rule_that_an_agent_reads_and_an_undo_takes_back(
    source, team, sign_in, live_server, complaints
):
    # Traces in: all of them, none twice.
    team = source.bring(team)
    assert Trace.objects.filter(team=team).count() == source.traces

    # A dream, and a second one that has nothing to add.
    dreamt = run("dream", source.store, "--team", team.slug, "--wait")
    assert dreamt["state"] == "completed"
    proposed = Proposal.objects.filter(store__team=team).count()
    assert proposed > 0

    # Triage by keys: the words are changed, then approved. Until the hold ends the
    # agent reads what it read before.
    store = Store.objects.get(team=team, name=source.store)
    agent = Agent.objects.get(team=team, name=source.agent)
    reader = Reader(live_server.url, store, agent)
    before = reader.read()
    page = sign_in("ada")
    name = edit_and_approve_by_keys(page)
    assert reader.read() == before

    decisions.apply_due(now=timezone.now() + timedelta(minutes=1))
    version, texts = reader.read()
    (path,) = (path for path, text in texts.items() if WORDS in text)
    assert version == before[0] + 1

    # Blame leads from the line to whoever approved it, and to what was said where.
    blame_of(page, store.name, path)
    page.get_by_role("button", name=f"{name} ada").first.click()
    why = page.get_by_label("Behind these lines").locator(".card:popover-open")
    expect(why).to_contain_text("Edited and approved by")
    expect(why).to_contain_text("ada")
    why.locator(".evidence a").click()
    page.wait_for_url("**/traces/*/at/**")
    expect(page.locator("mark[data-lit]").first).to_be_in_viewport()

    # An undo, with its preview and a reason: the agent reads the old text again.
    decision = Decision.objects.get(version__store=store, version__number=version)
    page.goto(f"/proposals/{decision.proposal_id}/")
    page.get_by_role("link", name="Undo this change").click()
    expect(page.get_by_text("1 agent read what goes away")).to_be_visible()
    page.get_by_label("Why").fill("The team says it otherwise.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text(f"{name} is undone")
    after, taken_back = reader.read()
    assert (after, taken_back) == (version + 1, before[1])
    assert complaints == []
