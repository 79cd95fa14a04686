"""What approving would do, in one exact sentence: the decision bar says it."""

from collections.abc import Collection, Sequence

from reviews.audit.actors import Actor
from reviews.proposals import requirements
from reviews.proposals.bindings import Binding, Block
from reviews.proposals.models import Proposal
from reviews.proposals.requirements import Situation


def of(
    proposal: Proposal,
    binding: Binding,
    included: Collection[int] | None,
    situation: Situation,
    *,
    by: Actor,
) -> str:
    """The effect of this person's approval of what is ticked."""
    blocks = binding.only(None if included is None else list(included))
    if not blocks:
        return "Nothing is ticked: tick what you want to approve."
    if faults := [block for block in blocks if not block.applies]:
        return _stuck(binding, faults)
    what = _what(binding, blocks)
    # Which number it gets is known when it applies: others may be held before it.
    where = f"the next version of {proposal.store.name}"
    hold = proposal.store.hold_seconds
    when = f"applies in {hold} s" if hold else "applies at once"
    needed, given = requirements.approvers_needed(situation), situation.approvers
    if needed == 1:
        return f"Approve {what} → {where}, {when}{_rest(binding, blocks)}."
    if len(blocks) < len(binding.blocks):
        return (
            f"{needed} people have to approve it, and in whole: tick all, or split it."
        )
    if str(by) in given:
        return f"You have approved it: {len(given)} of {needed}. Somebody else has to."
    if len(given) + 1 < needed:
        return f"Approve {what}: {len(given) + 1} of {needed}. Nothing is written yet."
    return f"Approve {what}: {needed} of {needed} → {where}, {when}."


def _what(binding: Binding, blocks: Sequence[Block]) -> str:
    total = len(binding.blocks)
    if total == 1:
        return "this change"
    return f"{len(blocks)} of {total} operations"


def _rest(binding: Binding, blocks: Sequence[Block]) -> str:
    rest = len(binding.blocks) - len(blocks)
    if not rest:
        return ""
    if rest == 1:
        return "; the other one waits as a proposal of its own"
    return f"; the other {rest} wait as a proposal of their own"


def _stuck(binding: Binding, faults: Sequence[Block]) -> str:
    if len(binding.blocks) == 1:
        return "It cannot be applied as it stands: edit it, or reject it."
    numbers = [
        str(number)
        for number, block in enumerate(binding.blocks, start=1)
        if block in faults
    ]
    several = "s" if len(numbers) > 1 else ""
    return (
        f"Operation{several} {' and '.join(numbers)} cannot be applied as it stands: "
        "untick or edit."
    )
