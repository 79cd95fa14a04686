"""On real traces: what an operator would approve is proposed, what would be a trap is not."""

import json
from pathlib import Path

import pytest

from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.masking import mask
from reviews.traces import formats
from reviews.traces.formats import Record
from reviews.traces.steps import Facts
from tests.dreams.stories import EMPTY, sliced

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs the real traces"),
]


def facts(made, agent):
    opening = next((one.text for one in made.steps if one.actor == "person"), "")
    return Facts(
        trace=made.external_id, agent=agent, person=made.person, outcome=made.outcome,
        reward=made.reward, day=made.started_at[:10], group=made.task or f"{made.person}: {mask(opening[:400]).text}",
    )  # fmt: skip


def dreamt(path, agent):
    engine = Offline()
    runs = [
        (facts(made, agent), made.steps)
        for made in formats.read(DATA / path)
        if isinstance(made, Record)
    ]
    state = engine.reduce([engine.evaluate(*one).digest for one in runs])
    outcome = engine.propose(state, EMPTY, engine.settings())
    sliced(runs, outcome)
    return [draft.title for draft in outcome.drafts], outcome


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("tau-airline/runs.json.gz",
         ["gift card balance is not enough", "not available on date", "not enough seats",
          "do not repeat it with the same arguments", "does not have `reservation_id`",
          "cannot get at `gift_card`"]),
        ("agentrx-retail/runs.json.gz",
         ["do `modify_pending_order_items` last", "non-delivered order cannot be exchanged",
          "number of items to be exchanged should match", "not found or available"]),
        ("claude-code-team/sessions",
         ["`errcheck`", "`wrapcheck`", "`exhaustive`", "`dupl`", "rebase first",
          "do not use `commit` for `skill`", "File has not been read yet",
          "String to replace not found", "hand work over", "add a test",
          "look for an existing helper", "remove it completely", "wait for their word",
          "Cut a branch", "named constant", "change only what was asked",
          "`mise run test:ci`, call first `mise run fmt`, then `mise run lint`"]),
    ],
)  # fmt: skip
def test_the_findings_that_show_in_calls_are_proposed_and_nothing_else(path, wanted):
    titles, _ = dreamt(path, "agent")

    assert [text for text in wanted if not any(text in title for title in titles)] == []
    assert [
        title for title in titles if not any(text in title for text in wanted)
    ] == []


def test_a_wish_of_one_developer_stays_theirs():
    _, outcome = dreamt("claude-code-team/sessions", "claude")
    people = json.dumps(
        [(one.scope, one.scope_of) for one in outcome.drafts if one.kind == "stop"]
    )

    assert people == '[["person", "alex"]]'
