"""An agent at the door, with a token in its hand."""

import json

import pytest
from django.test import Client

from reviews.teams import tokens
from tests.factories import MAX, an_agent


class Program:
    """An agent's client: sends its token along, reads JSON back."""

    def __init__(self, agent, *scopes: str) -> None:
        self.agent = agent
        _, self.token = tokens.issue(agent, scopes, by=MAX)
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **headers: str):
        return self.client.get(
            path, headers={"Authorization": f"Bearer {self.token}", **headers}
        )

    def post(
        self,
        path: str,
        body: object,
        *,
        content_type="application/json",
        **headers: str,
    ):
        data = body if isinstance(body, bytes) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.post(path, data, content_type=content_type, headers=headers)


@pytest.fixture
def program(db) -> Program:
    return Program(an_agent(name="billing"), "write-traces", "read-memory")


@pytest.fixture
def stranger(db) -> Program:
    """An agent of another team."""
    return Program(an_agent(name="elsewhere"), "write-traces", "read-memory")
