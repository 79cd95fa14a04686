"""How a yes is asked for and said, how people part and agents give up: per language.

The files beside this page are tables of regular expressions; another language is one file
more. Which language a sentence is in is not asked: the phrases of all are tried.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec
import re2


class Phrases(msgspec.Struct, frozen=True):
    """The phrases of all languages, ready to be searched for."""

    affirming: "re.Pattern[str]"
    asking_for_a_yes: "re.Pattern[str]"
    parting: "re.Pattern[str]"
    giving_up: "re.Pattern[str]"


@cache
def known() -> Phrases:
    """Every phrase file, as one expression per kind."""
    files = sorted(
        (
            one
            for one in resources.files(__name__).iterdir()
            if one.name.endswith(".toml")
        ),
        key=lambda one: one.name,
    )
    tables = [tomllib.loads(one.read_text(encoding="utf-8")) for one in files]
    return Phrases(
        *(
            _any(phrase for table in tables for phrase in table[kind])
            for kind in Phrases.__struct_fields__
        )
    )


def _any(patterns: Iterable[str]) -> "re.Pattern[str]":
    """One expression that runs in linear time, whatever a hostile text holds."""
    expression: re.Pattern[str] = re2.compile(
        "(?i)" + "|".join(f"(?:{one})" for one in patterns)
    )
    return expression
