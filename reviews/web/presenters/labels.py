"""Every state in words: what a badge says, in which tone, with which sign.

Colour never stands alone: each label has a word and an icon.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["neutral", "accent", "ok", "warn", "danger", "info", "violet"]


@dataclass(frozen=True)
class Label:
    """A word with its tone and icon; dashed for what only would have happened."""

    word: str
    tone: Tone = "neutral"
    icon: str = "circle"
    dashed: bool = False


PROPOSAL = {
    "open": Label("Pending"),
    "changes-requested": Label("Changes requested", "warn", "reply"),
    "held": Label("Approved, applying", "info", "clock"),
    "applied": Label("Applied", "ok", "check"),
    "rejected": Label("Rejected", "danger", "x"),
    "split-off": Label("Split off", "neutral", "split"),
    "superseded": Label("Superseded", "neutral", "arrow-right"),
    "withdrawn": Label("Withdrawn", "neutral", "undo-2"),
    "needs-attention": Label("Needs attention", "danger", "triangle-alert"),
    "rolled-back": Label("Rolled back", "violet", "undo-2"),
}
# Computed beside the state: why a proposal stands where it stands.
TURN = {
    "your-turn": Label("Your turn", "accent", "arrow-right"),
    "edited": Label("Edited & applied", "ok", "pencil"),
    "stale": Label("Stale", "warn", "git-fork"),
    "conflict": Label("Conflict", "danger", "git-fork"),
    "snoozed": Label("Snoozed", "neutral", "moon"),
    "auto": Label("Auto", "violet", "cog"),
    "shadow": Label("Shadow", "violet", "eye", dashed=True),
    "returned": Label("Returned", "warn", "repeat"),
}
# Why it is one person's turn more than everybody's.
WHY = {
    "assigned": Label("Assigned", "accent", "user"),
    "mentioned": Label("Mentioned", "accent", "message-square"),
    "answered": Label("Answered", "accent", "reply"),
    "reset": Label("Approval reset", "warn", "rotate-ccw"),
}
RISK = {
    "low": Label("Low risk", "neutral", "shield-check"),
    "medium": Label("Medium risk", "warn", "triangle-alert"),
    "high": Label("High risk", "danger", "octagon-alert"),
}
OPERATION = {
    "add": Label("Add", "info", "plus"),
    "edit": Label("Edit", "neutral", "pencil"),
    "delete": Label("Delete", "warn", "trash-2"),
    "rename": Label("Rename", "violet", "arrow-right"),
    "mixed": Label("Mixed", "neutral", "ellipsis"),
}
DECISION = {
    "held": Label("Applying", "info", "clock"),
    "applied": Label("Applied", "ok", "check"),
    "withdrawn": Label("Withdrawn", "neutral", "undo-2"),
    "recorded": Label("Recorded", "neutral", "check"),
    "failed": Label("Failed", "danger", "triangle-alert"),
}
COMPLETION = {
    "reserved": Label("Reserved", "neutral", "clock"),
    "sent": Label("Under way", "info", "circle-dot"),
    "answered": Label("Answered", "ok", "check"),
    "reused": Label("Known already", "neutral", "repeat"),
    "useless": Label("Cannot be used", "warn", "triangle-alert"),
    "failed": Label("Not answered", "warn", "x"),
}
DREAM = {
    "pending": Label("Queued", "neutral", "clock"),
    "running": Label("Running", "accent", "play"),
    "completed": Label("Completed", "ok", "check"),
    "failed": Label("Failed", "danger", "x"),
    "canceled": Label("Canceled", "neutral", "ban"),
}
OUTCOME = {
    "": Label("Unknown", "neutral", "circle"),
    "success": Label("Success", "ok", "check"),
    "failure": Label("Failure", "danger", "x"),
}
VERSION = {
    "import": Label("Imported", "neutral", "download"),
    "decision": Label("Decided", "ok", "check"),
    "edit": Label("Edited by hand", "info", "pencil"),
    "undo": Label("Undone", "violet", "undo-2"),
    "restore": Label("Restored", "violet", "rotate-ccw"),
}
REVISION = {
    "created": Label("Created", "info", "plus"),
    "modified": Label("Modified", "neutral", "pencil"),
    "deleted": Label("Deleted", "warn", "trash-2"),
    "renamed": Label("Renamed", "violet", "arrow-right"),
}
STANCE = {
    "for": Label("For", "info", "quote"),
    "against": Label("Against", "warn", "quote"),
    # Beside failures: calls that were made as the rule says.
    "neutral": Label("Done right already", "neutral", "quote"),
}
ROLE = {
    "viewer": Label("Viewer", "neutral", "eye"),
    "operator": Label("Operator", "info", "check"),
    "lead": Label("Lead", "violet", "scroll-text"),
    "admin": Label("Admin", "accent", "settings"),
}
TOKEN = {
    "live": Label("Live", "ok", "check"),
    "expired": Label("Expired", "neutral", "clock"),
    "revoked": Label("Revoked", "danger", "ban"),
}
# What a rule did in one situation in which it was tried.
VERDICT = {
    "improves": Label("Better", "ok", "check"),
    "same": Label("As before", "neutral", "minus"),
    "breaks": Label("Worse", "danger", "x"),
    "unclear": Label("Unclear", "neutral", "circle"),
}
# Gerrit's six words for a requirement.
REQUIREMENT = {
    "SATISFIED": Label("Satisfied", "ok", "check"),
    "UNSATISFIED": Label("Unsatisfied", "warn", "circle"),
    "OVERRIDDEN": Label("Overridden", "violet", "shield-check"),
    "NOT_APPLICABLE": Label("Not applicable", "neutral", "minus"),
    "BYPASSED": Label("Bypassed", "violet", "arrow-right"),
    "ERROR": Label("Error", "danger", "octagon-alert"),
}

NOUNS = {
    "proposal": PROPOSAL,
    "turn": TURN,
    "why": WHY,
    "risk": RISK,
    "operation": OPERATION,
    "decision": DECISION,
    "dream": DREAM,
    "outcome": OUTCOME,
    "version": VERSION,
    "revision": REVISION,
    "stance": STANCE,
    "role": ROLE,
    "token": TOKEN,
    "completion": COMPLETION,
    "requirement": REQUIREMENT,
    "replay": DREAM,
    "verdict": VERDICT,
}

ACTORS = {"person": "user", "policy": "shield-check", "agent": "bot", "system": "cog"}


def label(noun: str, state: str) -> Label:
    """How a noun's state is shown; a state without a label is a mistake of ours."""
    return NOUNS[noun][str(state)]
