"""Whose a path is: everybody's, one agent's or one person's. Pure."""

import re

_UNSAFE = re.compile(r"[^\w.@-]+")


def of(scope: str, scope_of: str) -> str:
    """The folder that holds what is believed in a scope."""
    name = _UNSAFE.sub("-", scope_of).strip("-.") or "unnamed"
    if scope == "agent":
        return f"/agents/{name}/"
    return f"/people/{name}/" if scope == "person" else "/"


def moved(path: str, scope: str, scope_of: str) -> str:
    """The same file in the folder of a scope."""
    return f"{of(scope, scope_of)}{path.rpartition('/')[2]}"
