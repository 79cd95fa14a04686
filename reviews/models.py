"""Index of every model, so that Django finds them; nobody else imports it."""

from reviews.audit.models import LedgerEntry, LedgerHead
from reviews.dreams.models import (
    Digest,
    Dream,
    Finding,
    Pattern,
    Schedule,
    Shard,
    Signal,
)
from reviews.memory.models import Memory, Revision, Store, Subscription, Version
from reviews.proposals.models import (
    Approval,
    Comment,
    Decision,
    Evidence,
    Jotting,
    KillSwitch,
    Mute,
    Operation,
    Policy,
    PolicyVersion,
    Proposal,
    Verdict,
    Wording,
)
from reviews.teams.models import Agent, Membership, Team, Token, User
from reviews.traces.models import Reading, Trace, TraceBody

__all__ = [
    "Agent",
    "Approval",
    "Comment",
    "Decision",
    "Digest",
    "Dream",
    "Evidence",
    "Finding",
    "Jotting",
    "KillSwitch",
    "LedgerEntry",
    "LedgerHead",
    "Membership",
    "Memory",
    "Mute",
    "Operation",
    "Pattern",
    "Policy",
    "PolicyVersion",
    "Proposal",
    "Reading",
    "Revision",
    "Schedule",
    "Shard",
    "Signal",
    "Store",
    "Subscription",
    "Team",
    "Token",
    "Trace",
    "TraceBody",
    "User",
    "Verdict",
    "Version",
    "Wording",
]
