"""What patterns and signals are called: families and kinds in words, named only here.

An engine that is not ours keeps the names that it gives.
"""

from reviews.dreams.mining.signals import KINDS as SIGNALS
from reviews.dreams.rates import Seen
from reviews.proposals.models import Proposal

FAMILIES = {
    "mistake": "A mistake that comes back",
    "workflow": "A way of working",
    "preference": "What people ask for",
    "hygiene": "About memory itself",
    "manual": "Made by hand",
}
KINDS = {
    "error-fix": "a call that fails, with a way out",
    "order": "a write after which others are refused",
    "constraint": "a condition that a tool states",
    "slot": "a value that never works",
    "loop": "the same call with the same answer, again and again",
    "check": "a linter rule that new code keeps breaking",
    "stop": "a call that people stop",
    "silent": "a step that is left out, without any error",
    "lookup": "something lacking that a tool could have told",
    "remark": "a fault that people find",
    "procedure": "what good runs do before one write",
    "wish": "something that is asked for again and again",
    "lesson": "what a model read in runs that ended badly",
    "ineffective": "a rule that is read and not followed",
    "duplicate": "a rule that another one makes needless",
    "contradiction": "two rules that contradict each other",
    "stale": "a rule about something that is no more",
    "outdated": "a rule whose words are out of date",
    # From one state of memory to another.
    "added": "a rule that is new",
    "reworded": "a rule in other words",
    "removed": "a rule that was left out",
    "merged": "one rule made of several",
    "split": "several rules made of one",
    "moved": "a rule in another place",
    "rewritten": "a place written anew",
    "reorganised": "order and layout, no words",
    "renamed": "a memory at another path",
}
# What people often find wrong with work, and what agents admit.
FAULTS = {
    "hold": "acting before it was agreed",
    "unfounded": "claims that nobody checked",
    "duplication": "the same code twice",
    "leftovers": "remains of what is gone",
    "tests": "missing tests",
    "types": "bare strings and numbers",
    "branch": "no branch of its own",
    "broken": "work handed over with failing checks",
    "scope": "changes that nobody asked for",
    "undo": "work that was taken back",
    "made_up": "made-up values",
}
# Signals whose key only repeats what they mean.
_SAID = ("injection", "invisible")


def family(name: str) -> str:
    """What a family is called where its proposals stand together."""
    return FAMILIES.get(name, name)


def pattern(proposal: Proposal) -> str:
    """What a proposal's pattern is; empty where a person made it, without any pattern."""
    if proposal.family == "manual":
        return ""
    kind = KINDS.get(proposal.kind, proposal.kind.replace("-", " "))
    return ": ".join(filter(None, (family(proposal.family), kind)))


def meaning(kind: str) -> str:
    """What a kind of signal means, in a sentence."""
    return SIGNALS.get(kind, kind.replace("-", " "))


def about(seen: Seen) -> str:
    """What a signal was about; empty where its meaning says it all."""
    if seen.kind in _SAID or seen.key == seen.kind:
        return ""
    return FAULTS.get(seen.key, seen.key) if seen.kind == "fault" else seen.key
