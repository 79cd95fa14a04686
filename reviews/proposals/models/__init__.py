"""The tables of proposals, by what they are about."""

from reviews.proposals.models.decisions import Approval, Decision, Mute
from reviews.proposals.models.desk import (
    Comment,
    Filter,
    Jotting,
    Tick,
    Turn,
    Visit,
)
from reviews.proposals.models.policies import (
    KillSwitch,
    Policy,
    PolicyVersion,
    Verdict,
)
from reviews.proposals.models.proposals import (
    Evidence,
    Operation,
    Proposal,
    Wording,
)

__all__ = [
    "Approval",
    "Comment",
    "Decision",
    "Evidence",
    "Filter",
    "Jotting",
    "KillSwitch",
    "Mute",
    "Operation",
    "Policy",
    "PolicyVersion",
    "Proposal",
    "Tick",
    "Turn",
    "Verdict",
    "Visit",
    "Wording",
]
