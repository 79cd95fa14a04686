"""What a pattern is called: families and kinds in words, named here and nowhere else.

An engine that is not ours keeps the names that it gives.
"""

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


def family(name: str) -> str:
    """What a family is called where its proposals stand together."""
    return FAMILIES.get(name, name)


def pattern(proposal: Proposal) -> str:
    """What a proposal's pattern is; empty where a person made it, without any pattern."""
    if proposal.family == "manual":
        return ""
    kind = KINDS.get(proposal.kind, proposal.kind.replace("-", " "))
    return ": ".join(filter(None, (family(proposal.family), kind)))
