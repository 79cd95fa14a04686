"""How people say what they want and what is wrong, per language: cue files beside this page.

A cue file is a table of regular expressions and word lists; a team's own language is one
file more. Which language a sentence is in is counted from its small words; a sentence with
none of them is in the language of its run.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import msgspec
import re2

from reviews.dreams.mining.cues.sieves import Sieve, without_looking_around
from reviews.memory import stems as english

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# Hiragana, katakana and Chinese characters: no spaces, no letters.
_KANA = re.compile("[\u3040-\u30ff]")
_CHARACTERS = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
# Words of a text that are counted, to tell its language.
_COUNTED = 2_000
_LONGEST_COUNTED = 20_000  # characters
# By so many small words a sentence must differ from what stands around it.
_LEAD = 2
# A stem keeps so many letters.
_LEAST = 4
# Languages whose letters are those of ASCII.
_LINEAR = frozenset({"en"})
# Counting is what makes an expression large: "any number" finds at least as much.
_AT_MOST = re.compile(r"\{0,\d+\}")
# What each sentence of a person is searched for, next to the faults.
_SIEVED = ("standing", "directive", "passing", "obsolete", "correction", "lacking")


class Fault(msgspec.Struct, frozen=True):
    """One thing that people often find wrong with work, and what to do about it."""

    name: str
    cue: re.Pattern[str]
    rule: str
    family: str
    # Only after the agent has done something: in an opening message it is the task itself.
    later: bool = False


class Cues(msgspec.Struct, frozen=True):
    """The cues of one language, ready to be searched for."""

    name: str
    standing: re.Pattern[str]
    directive: re.Pattern[str]
    passing: re.Pattern[str]
    negation: re.Pattern[str]
    softening: re.Pattern[str]
    obsolete: re.Pattern[str]
    correction: re.Pattern[str]
    goodbye: re.Pattern[str]
    lacking: re.Pattern[str]
    denying: re.Pattern[str]
    # An agent says that it looked; that it could not, and what it does instead.
    looked: re.Pattern[str]
    without: re.Pattern[str]
    lead_in: re.Pattern[str]
    lead_out: re.Pattern[str]
    # Small words that tell the language.
    common: frozenset[str]
    scaffolding: frozenset[str]
    # Each word of a line of synonyms, and the first of its line.
    synonyms: dict[str, str]
    opposites: tuple[tuple[str, str], ...]
    endings: tuple[str, ...]
    faults: tuple[Fault, ...]
    # What agents say of their own work.
    admissions: tuple[Fault, ...]
    # What a person's sentence may hold, by the names of the cues above and of faults.
    sieve: Sieve
    # Whatever ``denying`` and ``admissions`` find, in one; nothing where borders of words
    # are not those of ASCII.
    telling: re.Pattern[str] | None
    # And whatever ``looked`` and ``without`` find, and more.
    guessing: re.Pattern[str] | None

    def stem(self, word: str) -> str:
        """A word without its ending."""
        if not self.endings:
            return english.stem(word)
        apart = unicodedata.normalize("NFKD", word)
        word = "".join(one for one in apart if not unicodedata.combining(one))
        for ending in self.endings:
            if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
                return word[: -len(ending)]
        return word


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
    return tuple(
        _read(one.name.removesuffix(".toml"), one.read_text(encoding="utf-8"))
        for one in files
    )


def named(name: str) -> Cues:
    """The cues of a language; English where there is no file for it."""
    return next((one for one in languages() if one.name == name), languages()[0])


def of(text: str, usual: str = "") -> Cues:
    """The cues for a text, by its small words.

    ``usual`` is the language of what stands around it: one word says nothing against it.
    """
    return named(_language(text[:_LONGEST_COUNTED], usual))


def is_mixed(text: str) -> bool:
    """Whether sentences of a text may be in several languages."""
    telling = [name for name, count in _hits(text).items() if count >= _LEAD]
    return len(telling) > 1 or _is_japanese(text)


@lru_cache(maxsize=16_384)
def _language(text: str, usual: str) -> str:
    if _is_japanese(text):
        return "ja"
    hits = _hits(text)
    most = max(hits, key=lambda name: (hits[name], name == usual, name == "en"))
    lead = hits[most] - hits.get(usual or "en", 0)
    return most if lead >= (_LEAD if usual else 1) else usual or "en"


def _is_japanese(text: str) -> bool:
    """By its characters, where there are many of them."""
    if text.isascii() or not _KANA.search(text):
        return False
    return 3 * len(_CHARACTERS.findall(text)) >= sum(map(str.isalpha, text))


def _hits(text: str) -> dict[str, int]:
    """How many small words of each language a text has."""
    hits = dict.fromkeys((it.name for it in languages()), 0)
    known = _small_words()
    for word in _WORD.findall(text.lower())[:_COUNTED]:
        for name in known.get(word, ()):
            hits[name] += 1
    return hits


@cache
def _small_words() -> dict[str, tuple[str, ...]]:
    words = {word for it in languages() for word in it.common}
    return {
        word: tuple(it.name for it in languages() if word in it.common)
        for word in words
    }


def _read(name: str, text: str) -> Cues:
    table = tomllib.loads(text)
    faults, admissions = table["faults"], table["admissions"]
    sieved = {field: table[field] for field in _SIEVED}
    sieved |= {fault: row["cues"] for fault, row in faults.items()}
    told = [
        *table["denying"],
        *(cue for row in admissions.values() for cue in row["cues"]),
    ]
    guessed = [
        _AT_MOST.sub("*", without_looking_around(cue))
        for cue in (*table["looked"], *table["without"])
    ]
    return Cues(
        name=name,
        standing=_any(table["standing"]),
        directive=_any(table["directive"]),
        passing=_any(table["passing"]),
        negation=_any(table["negation"]),
        softening=_any(table["softening"]),
        obsolete=_any(table["obsolete"]),
        correction=_any(table["correction"]),
        goodbye=_any(table["goodbye"]),
        lacking=_any(table["lacking"]),
        denying=_scanning(table["denying"], name),
        looked=_any(table["looked"]),
        without=_linear(table["without"]),
        lead_in=_any(table["lead_in"]),
        lead_out=_any(table["lead_out"]),
        common=frozenset(table["common"].split()),
        scaffolding=frozenset(table["scaffolding"].split()),
        synonyms=grouped(table["synonyms"]),
        opposites=tuple(_pair(line) for line in table["opposites"].split("\n") if line),
        endings=tuple(sorted(table.get("endings", "").split(), key=_longest_first)),
        faults=_faults(faults),
        admissions=tuple(
            msgspec.structs.replace(
                one, cue=_scanning(admissions[one.name]["cues"], name)
            )
            for one in _faults(admissions)
        ),
        sieve=Sieve({one: _whole(patterns) for one, patterns in sieved.items()}),
        telling=_scanning(told, name) if name in _LINEAR else None,
        guessing=_scanning(guessed, name) if name in _LINEAR else None,
    )


def grouped(lines: str) -> dict[str, str]:
    """Each word of each line, and the first word of its line."""
    rows = [line.split() for line in lines.splitlines()]
    return {word: row[0] for row in rows for word in row}


def _pair(line: str) -> tuple[str, str]:
    first, second = line.split()
    return first, second


def _longest_first(ending: str) -> tuple[int, str]:
    return (-len(ending), ending)


def _faults(rows: dict[str, dict[str, Any]]) -> tuple[Fault, ...]:
    return tuple(
        Fault(
            name, _any(row["cues"]), row["rule"], row["family"], row.get("later", False)
        )
        for name, row in rows.items()
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(_whole(patterns), re.IGNORECASE)


def _whole(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{one})" for one in patterns)


def _scanning(patterns: Iterable[str], language: str) -> re.Pattern[str]:
    """As ``_any``, for what is searched in all that agents write: linear, and quick.

    Its borders of words are those of ASCII, which would miss an accent.
    """
    return _linear(patterns) if language in _LINEAR else _any(patterns)


def _linear(patterns: Iterable[str]) -> re.Pattern[str]:
    """As ``_any``, and never slow; such cues say themselves where a word begins."""
    found: re.Pattern[str] = re2.compile(f"(?i)(?:{_whole(patterns)})")
    return found
