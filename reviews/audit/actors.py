"""Whoever acts: a person, a policy, an agent, or the system on somebody's schedule."""

from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["person", "policy", "agent", "system"]


class Named(Protocol):
    """Anything that has the name it acts under."""

    @property
    def actor_name(self) -> str:
        """Unique among its kind; never changes."""
        ...


@dataclass(frozen=True)
class Actor:
    """Who acts, as it is written beside every act: ``person:ada``, ``policy:4@2``."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @classmethod
    def person(cls, user: Named) -> "Actor":
        return cls("person", user.actor_name)

    @classmethod
    def policy(cls, version: Named) -> "Actor":
        return cls("policy", version.actor_name)

    @classmethod
    def agent(cls, agent: Named) -> "Actor":
        return cls("agent", agent.actor_name)

    @classmethod
    def system(cls, name: str) -> "Actor":
        return cls("system", name)

    @classmethod
    def parse(cls, text: str) -> "Actor":
        """Read back what ``str`` wrote."""
        kind, _, name = text.partition(":")
        if kind not in ("person", "policy", "agent", "system") or not name:
            raise ValueError(f"not an actor: {text!r}")
        return cls(kind, name)  # type: ignore[arg-type]
