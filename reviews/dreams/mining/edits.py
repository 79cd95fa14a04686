"""A rule of the head in new words: said anew where nobody follows it, or completed."""

from collections.abc import Sequence

from reviews.dreams.engines import Rule
from reviews.dreams.mining import novelty, wording
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.novelty import Claim
from reviews.proposals.drafts import DraftOperation

# A rule of which so much is said by the new wording need not be kept beside it.
_SAID_ANEW = 0.7


def reworded(rule: str, text: str) -> str:
    """A rule that is not followed, said anew: when and what first, then what else it says."""
    own, new = novelty.stems(rule), novelty.stems(text)
    if len(own & new) >= _SAID_ANEW * len(own):
        return text
    return f"{text} {rule}"


def completed(rule: str, one: Candidate, missing: Sequence[Claim]) -> str:
    """A rule with what it leaves out."""
    end = "" if rule.rstrip().endswith((".", "!", "?", ":", ";")) else "."
    if one.kind == "order":
        first, tools = missing[0].names[0], [claim.names[1] for claim in missing]
        return f"{rule.rstrip()}{end} {wording.of_more_tools(first, tools)}"
    steps = [claim.names[0] for claim in missing]
    return f"{rule.rstrip()}{end} {wording.of_more_steps(one.entities[-1], steps)}"


def edit(rule: Rule, after: str) -> DraftOperation:
    """The operation that gives a rule its new words."""
    return DraftOperation(
        kind="edit", path=rule.path, heading=rule.heading, rule=rule.id,
        before=rule.text, after=after,
    )  # fmt: skip
