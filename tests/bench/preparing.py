"""The ground for measures: a schema, traces, and tokens that open the doors."""

from typing import Any

from django.core.management import call_command
from django.db import connection

from dreamboard import static
from reviews.audit.actors import Actor
from reviews.examples import generator, team
from reviews.memory import bundles, versions
from reviews.teams import tokens
from reviews.teams.models import Agent, Token
from tests import factories

BY = Actor.system("bench")
# A bundle of about 50 kB, as a grown store has it.
MEMORIES, RULES = 20, 28


def found() -> None:
    """Make the schema, and the files that the web server hands out."""
    call_command("migrate", verbosity=0)
    static.collect()


def lines(count: str) -> list[str]:
    """Example traces as lines of our own JSON."""
    return [line.decode() for line in generator.lines(int(count))]


def example(count: str) -> None:
    """The example team with so many traces, as its button makes it."""
    team.create(by=BY, traces=int(count))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def senders(count: str) -> list[str]:
    """Tokens of so many agents of one team, to send traces with."""
    its = factories.a_team()
    return [
        _token(factories.an_agent(its), Token.Scope.WRITE_TRACES)
        for _ in range(int(count))
    ]


def reader() -> dict[str, Any]:
    """A store with a bundle of 50 kB, and an agent that may read it."""
    store = factories.a_store()
    rule = "- When a refund is due in step {}, ask for the number of the order first.\n"
    texts = {
        f"/{name:02}.md": "# Refunds\n\n"
        + "".join(rule.format(f"{name}-{number}") for number in range(RULES))
        for name in range(MEMORIES)
    }
    versions.commit(store, texts, by=BY, reason="As it began.")
    agent = factories.an_agent(store.team)
    wanted = bundles.find(store, agent=agent.name)
    document = "\n".join(texts.values())
    return {
        "store": store.name,
        "etag": wanted.etag,
        "document": document,
        "token": _token(agent, Token.Scope.READ_MEMORY),
    }


def _token(agent: Agent, scope: Token.Scope) -> str:
    return tokens.issue(agent, [scope], by=BY)[1]
