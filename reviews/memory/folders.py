"""Whose a path is: everybody's, one agent's or one person's. Pure."""

import re

_UNSAFE = re.compile(r"[^\w.@-]+")


def of(scope: str, scope_of: str) -> str:
    """The folder that holds what is believed in a scope."""
    name = _UNSAFE.sub("-", scope_of).strip("-.") or "unnamed"
    if scope == "agent":
        return f"/agents/{name}/"
    return f"/people/{name}/" if scope == "person" else "/"


def holding(path: str) -> str:
    """The folder of the scope whose a path is; a file of the folder's name is in it."""
    _, kind, *rest = path.split("/")
    if kind not in {"agents", "people"}:
        return "/"
    name = rest[0] if rest[1:] else "".join(rest).removesuffix(".md")
    return f"/{kind}/{name}/"


def moved(path: str, scope: str, scope_of: str) -> str:
    """The same file in the folder of a scope."""
    return f"{of(scope, scope_of)}{path.rpartition('/')[2]}"
