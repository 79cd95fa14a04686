"""What each role may do: pure tables, asked as a pair of check and can."""

from reviews.errors import NotAllowed
from reviews.teams.models import Membership, Team, User

Role = Membership.Role

# Each role may do what the ones before it may.
LADDER = [Role.VIEWER, Role.OPERATOR, Role.LEAD, Role.ADMIN]

# The least role that each permission needs.
NEEDS = {
    "read": Role.VIEWER,
    # Whoever only reads notices harm, too: asking changes nothing, others decide.
    "ask for a rollback": Role.VIEWER,
    "comment": Role.OPERATOR,
    "decide": Role.OPERATOR,
    "dream": Role.OPERATOR,
    "import": Role.OPERATOR,
    "download": Role.OPERATOR,
    "roll back": Role.OPERATOR,
    "edit memory": Role.OPERATOR,
    "name versions": Role.LEAD,
    "read questions": Role.LEAD,
    "lift mutes": Role.LEAD,
    "verify": Role.VIEWER,
    "administer": Role.ADMIN,
}

# How a refusal names what somebody wanted.
WISHES = {
    "read": "see this",
    "ask for a rollback": "ask for a rollback",
    "comment": "comment",
    "decide": "decide about proposals",
    "dream": "start a dream",
    "import": "import traces",
    "download": "download traces",
    "roll back": "roll back",
    "edit memory": "edit memory",
    "name versions": "name versions",
    "read questions": "read what was asked of models",
    "lift mutes": "let something be proposed again",
    "verify": "verify the ledger",
    "administer": "change settings",
}


def role_in(user: User, team: Team) -> Membership.Role | None:
    """The user's role in the team, or None for an outsider."""
    role = (
        Membership.objects.filter(user=user, team=team)
        .values_list("role", flat=True)
        .first()
    )
    return Membership.Role(role) if role else None


def allows(role: Membership.Role | str | None, permission: str) -> bool:
    """Whether a role carries a permission."""
    if not role:
        return False
    return LADDER.index(Role(role)) >= LADDER.index(NEEDS[permission])


def allowed(permission: str) -> list[Membership.Role]:
    """The roles that carry a permission, the least first."""
    return LADDER[LADDER.index(NEEDS[permission]) :]


def check(role: Membership.Role | str | None, permission: str) -> None:
    """Refuse in words what the role does not carry."""
    if not allows(role, permission):
        least = NEEDS[permission]
        needed = f"{article(least.label.lower())} {least.label.lower()}"
        above = "" if least == LADDER[-1] else " or above"
        raise NotAllowed(
            f"Only {needed}{above} may {WISHES[permission]}.",
            permission=permission,
        )


def article(word: str) -> str:
    """The indefinite article that a role's name takes."""
    return "an" if word[0] in "aeiou" else "a"
