"""How people say what they want, per language: cue files beside this page.

A cue file is a table of regular expressions and word lists; a team's own language is one
file more. Which language a sentence is in is not asked: the cues of all are tried.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec


class Cues(msgspec.Struct, frozen=True):
    """The cues of one language, ready to be searched for."""

    standing: re.Pattern[str]
    directive: re.Pattern[str]
    passing: re.Pattern[str]
    negation: re.Pattern[str]
    softening: re.Pattern[str]
    obsolete: re.Pattern[str]
    lead_in: re.Pattern[str]
    lead_out: re.Pattern[str]
    scaffolding: frozenset[str]
    # Each word of a line of synonyms, and the first of its line.
    synonyms: dict[str, str]


@cache
def languages() -> tuple[Cues, ...]:
    """Every cue file, English first."""
    files = sorted(
        (
            one
            for one in resources.files(__name__).iterdir()
            if one.name.endswith(".toml")
        ),
        key=lambda one: (one.name != "en.toml", one.name),
    )
    return tuple(_read(one.read_text(encoding="utf-8")) for one in files)


def _read(text: str) -> Cues:
    table = tomllib.loads(text)
    lines = [line.split() for line in table.get("synonyms", "").splitlines()]
    return Cues(
        standing=_any(table["standing"]),
        directive=_any(table["directive"]),
        passing=_any(table["passing"]),
        negation=_any(table["negation"]),
        softening=_any(table["softening"]),
        obsolete=_any(table["obsolete"]),
        lead_in=_any(table["lead_in"]),
        lead_out=_any(table["lead_out"]),
        scaffolding=frozenset(table["scaffolding"].split()),
        synonyms={word: line[0] for line in lines for word in line},
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)
