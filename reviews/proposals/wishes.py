"""What somebody asks a proposal to be instead, in a form that any engine can follow.

A wish is kept with the decision that sent the proposal back; ``followings`` says what
becomes of it. Free words wait for a person.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from reviews.errors import Invalid
from reviews.memory import paths, versions
from reviews.proposals.models import Evidence, Operation, Proposal

# From here to there is narrower.
NARROWER: dict[str, tuple[str, ...]] = {
    "store": ("agent", "person"),
    "team": ("agent", "person"),
    "agent": ("person",),
}
# No agent and no person has a longer name.
LONGEST_NAME = 120


class Scope(msgspec.Struct, frozen=True, tag_field="wish", tag="scope"):
    """Let it hold for one agent or one person only."""

    scope: Literal["agent", "person"]
    of: str

    @property
    def sentence(self) -> str:
        return f"Only for the {self.scope} {self.of}."


class Place(msgspec.Struct, frozen=True, tag_field="wish", tag="place"):
    """Put it into another memory, under another heading."""

    path: str
    heading: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        under = f", under “{' / '.join(self.heading)}”" if self.heading else ""
        return f"In {self.path}{under}."


class Words(msgspec.Struct, frozen=True, tag_field="wish", tag="wording"):
    """Say it in one of the wordings that came with it."""

    text: str

    @property
    def sentence(self) -> str:
        return f"Rather: “{self.text}”"


class More(msgspec.Struct, frozen=True, tag_field="wish", tag="evidence"):
    """Let it come back when there is more evidence."""

    @property
    def sentence(self) -> str:
        return "Not without more evidence."


type Wish = Scope | Place | Words | More
# More evidence is not followed: it arrives.
FOLLOWED = ("scope", "place", "wording")


class Offers(msgspec.Struct, frozen=True):
    """What can be asked of one proposal."""

    scopes: tuple[Scope, ...]
    places: tuple[Place, ...]
    wordings: tuple[str, ...]


def read(kept: Mapping[str, Any]) -> Wish | None:
    """The wish that was kept with a decision; None: words that wait for a person."""
    if not kept.get("wish"):
        return None
    try:
        wish: Wish = msgspec.convert(dict(kept), Wish.__value__)
    except msgspec.ValidationError as error:
        raise Invalid("That is nothing that can be asked for.", field="wish") from error
    return wish


def plain(wish: Wish) -> dict[str, Any]:
    """A wish as it is kept with a decision."""
    found: dict[str, Any] = msgspec.to_builtins(wish)
    return found


def offers(proposal: Proposal) -> Offers:
    """What can be asked of a proposal: scopes it names, places there are, its wordings."""
    if not _additions(proposal):
        return Offers((), (), tuple(proposal.alternatives))
    scopes = NARROWER.get(proposal.scope, ())
    rows = Evidence.objects.filter(operation__proposal=proposal)
    seen = rows.values_list("agent", "person").distinct()
    names = {("agent", agent) for agent, _ in seen} | {("person", p) for _, p in seen}
    memories = versions.authored_head(proposal.store)
    found = {
        (path, tuple(rule.heading))
        for path, memory in memories.items()
        for rule in memory.rules
    }
    return Offers(
        tuple(
            Scope(scope, of)  # type: ignore[arg-type]
            for scope, of in sorted(names)
            if of and scope in scopes
        ),
        tuple(Place(path, heading) for path, heading in sorted(found)),
        tuple(proposal.alternatives),
    )


def check(proposal: Proposal, wish: Wish) -> None:
    """Refuse at once what could never be followed."""
    match wish:
        case Scope(scope, _) if scope not in NARROWER.get(proposal.scope, ()):
            raise Invalid("That would be no narrower than it is.", field="wish")
        case Scope() | Place() if not _additions(proposal):
            raise Invalid("It changes a rule where that stands already.", field="wish")
        case Scope(_, of) if not of.strip() or len(of) > LONGEST_NAME:
            raise Invalid("Nobody is called that.", field="wish")
        case Place(path, heading):
            paths.check(path)
            if not all(map(str.isprintable, heading)):
                raise Invalid("No heading reads like that.", field="wish")
        case Words(text) if text not in proposal.alternatives:
            raise Invalid("That is no wording that came with it.", field="wish")


def _additions(proposal: Proposal) -> list[Operation]:
    """The new rules: only they can go elsewhere."""
    rows = proposal.operations.filter(kind=Operation.Kind.ADD)
    return list(rows.order_by("position"))
