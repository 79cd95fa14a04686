"""Stores with something to dream about."""

from reviews.memory import stores
from reviews.memory.models import Store
from reviews.teams.models import Agent, Team
from reviews.traces import intake
from reviews.traces.steps import Record, Step
from tests.factories import SETUP, a_store, an_agent


def a_failing_run(number: int, tool: str = "refund", said: str = "") -> Record:
    """A run of a task of its own, in which one call fails and the next one works."""
    answer = said or f"Error: amount {number} exceeds the order's total"
    return Record(
        external_id=f"{tool}-{number}",
        format="dreamboard",
        person=f"person-{number % 3}",
        task=f"{tool}-task-{number}",
        steps=[
            Step(0, "message", "person", f"Please do {tool} number {number}."),
            Step(
                1, "tool_call", "agent", f'{{"amount": {number}}}', tool, f"c{number}"
            ),
            Step(2, "tool_result", "tool", answer, tool, f"c{number}", error=True),
            Step(3, "tool_call", "agent", '{"amount": 1}', tool, f"d{number}"),
            Step(4, "tool_result", "tool", "ok", tool, f"d{number}"),
            Step(5, "message", "agent", "Done."),
        ],
    )


def import_runs(agent: Agent, *runs: Record) -> None:
    intake.accept(agent, runs, by=SETUP)


def a_dreaming_store(runs: int = 5, name: str = "", team: Team | None = None) -> Store:
    """A store with one subscriber, which left so many failing runs."""
    store = a_store(team, name)
    agent = an_agent(store.team, "shop")
    stores.subscribe(agent, store, by=SETUP)
    import_runs(agent, *[a_failing_run(number) for number in range(runs)])
    return store
