"""Error codes, ledger actions and layers: agreements that test themselves."""

import importlib
import pkgutil
import re
from pathlib import Path

import reviews
from reviews.audit import actions
from reviews.errors import DomainError

ROOT = Path(reviews.__file__).parent


def every_refusal() -> set[type[DomainError]]:
    for module in pkgutil.walk_packages(reviews.__path__, "reviews."):
        if "migrations" not in module.name:
            importlib.import_module(module.name)
    found, new = set(), {DomainError}
    while new:
        found |= new
        new = {child for parent in new for child in parent.__subclasses__()} - found
    return {refusal for refusal in found if refusal.__module__.startswith("reviews")}


def test_every_refusal_has_a_title_and_a_code_of_its_own():
    refusals = every_refusal()
    codes = [refusal.code for refusal in refusals]

    assert len(refusals) > 10
    assert all(refusal.__doc__ for refusal in refusals)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert sorted(codes) == sorted(set(codes))


def test_every_ledger_action_is_used_and_labelled():
    code = "\n".join(
        file.read_text() for file in ROOT.rglob("*.py") if file.name != "actions.py"
    )

    unused = [action for action in actions.LABELS if f'"{action}"' not in code]

    assert unused == []
    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+", action) for action in actions.LABELS)
