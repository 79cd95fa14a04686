"""The editor of a proposal: a text per operation, and how it differs from what there is."""

from collections.abc import Mapping
from dataclasses import dataclass

from reviews.web.presenters.diffs import Change, present
from reviews.web.presenters.operations import Card


@dataclass(frozen=True)
class Field:
    """One text that can be edited, with both of its diffs."""

    card: Card
    text: str
    # From what was proposed, and from what memory says.
    from_proposed: Change
    from_head: Change


def field(card: Card, typed: Mapping[str, str], texts: Mapping[int, str]) -> Field:
    """What is in the form already, else what was left off, else what is proposed."""
    block = card.block
    kept = typed.get(f"text-{block.position}", block.after)
    text = texts.get(block.position, kept)
    return Field(
        card=card,
        text=text,
        from_proposed=present(block.after, text),
        from_head=present(block.before or "", text),
    )
