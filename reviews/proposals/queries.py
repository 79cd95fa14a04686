"""The language of the filter bar: read from text, written as text, the same both ways.

    risk:high,medium -kind:delete age:>7d evidence:>=3 is:returned refund "within 4 h"

Terms narrow together; values with commas between them widen one term. What cannot be
read is refused with its place, and with what could stand there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, cast

from reviews.errors import Invalid
from reviews.proposals.flags import FLAGS
from reviews.proposals.models import Operation, Proposal

type Sign = Literal["", ">", ">=", "<", "<="]
# Words stand in no field.
WORDS = ""
LONGEST = 400
MOST_TERMS = 20
STATES = {
    "mine": "Assigned to me",
    "unassigned": "Assigned to nobody",
    "mentioned": "I was mentioned",
    "answered": "Somebody answered me",
    "returned": "Returned",
    "stale": "Needs attention",
    "snoozed": "Snoozed",
    "held": "Approved, applying",
    "sent-back": "Changes requested",
    "endorsed": "Approved by me",
    "discussed": "Open threads",
}
_SPAN = re.compile(r"\d{1,4}(?:min|h|d|w)")
_COUNT = re.compile(r"\d{1,6}")
_NAME = re.compile(r"p-\d{1,12}", re.IGNORECASE)
# A field, or a word that only looks like one: 10:30 is a time of day.
_FIELD = re.compile(r"([a-z]+):", re.IGNORECASE)
_SIGN = re.compile(r"[<>]=?")
_BARE = re.compile(r'[^\s",]+')
_WORD = re.compile(r'[^\s"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PLAIN_VALUE = re.compile(r'[^\s",<>\\][^\s",\\]*')
_PLAIN_WORD = re.compile(r'[^\s"\\:-][^\s"\\:]*')


class Mistake(Invalid):
    """The filter cannot be read."""

    code = "unreadable-filter"


@dataclass(frozen=True)
class Field:
    """What can be asked for: in words, and the values that it knows, if it knows all."""

    says: str
    values: tuple[str, ...] = ()
    form: re.Pattern[str] | None = None
    example: str = ""

    @property
    def compares(self) -> bool:
        """Whether more and less can be asked for."""
        return self.form in (_SPAN, _COUNT)


FIELDS: dict[str, Field] = {
    "risk": Field("Risk", tuple(reversed(Proposal.Risk.values))),
    "kind": Field("Change", tuple(Operation.Kind.values)),
    "is": Field("State", tuple(STATES)),
    "flag": Field("Flag", tuple(FLAGS)),
    "store": Field("Store", example="support"),
    "path": Field("Part of the memory's path", example="billing"),
    "family": Field("Family", example="mistake"),
    "agent": Field("Agent whose runs are quoted", example="helper"),
    "engine": Field("Engine", example="offline"),
    "by": Field("Who proposed it", example="ada"),
    "age": Field("Time since it was proposed", form=_SPAN, example=">7d"),
    "waiting": Field("Time that it has waited", form=_SPAN, example=">2d"),
    "evidence": Field("Independent groups behind it", form=_COUNT, example=">=3"),
    "against": Field("Groups that did without", form=_COUNT, example=">0"),
    "like": Field("Resembles", form=_NAME, example="P-12"),
}


@dataclass(frozen=True)
class Term:
    """One condition: any of the values of a field, or none of them."""

    field: str
    values: tuple[str, ...]
    sign: Sign = ""
    negated: bool = False


type Query = tuple[Term, ...]


def parse(text: str) -> Query:
    """Read a filter; refuse what cannot be read, with its place counted from 1."""
    if len(text) > LONGEST:
        raise Mistake(
            f"A filter has at most {LONGEST} characters.", field="q", at=LONGEST + 1
        )
    found = tuple(_terms(text))
    if len(found) > MOST_TERMS:
        raise Mistake(f"A filter has at most {MOST_TERMS} terms.", field="q", at=1)
    return found


def text(query: Query) -> str:
    """Write a filter, so that reading it gives the same again."""
    return " ".join(map(_written, query))


def has(query: Query, field: str, value: str) -> bool:
    """Whether a filter asks for this value."""
    return any(_asks(term, field) and value in term.values for term in query)


def toggled(query: Query, field: str, value: str) -> Query:
    """The filter with this value asked for as well, or no longer."""
    if has(query, field, value):
        return tuple(_without(query, field, value))
    for place, term in enumerate(query):
        if _asks(term, field):
            wider = replace(term, values=(*term.values, value))
            return (*query[:place], wider, *query[place + 1 :])
    return (*query, Term(field, (value,)))


def _asks(term: Term, field: str) -> bool:
    return term.field == field and not term.sign and not term.negated


def _without(query: Query, field: str, value: str) -> Iterator[Term]:
    for term in query:
        left = tuple(one for one in term.values if one != value)
        if not _asks(term, field) or left == term.values:
            yield term
        elif left:
            yield replace(term, values=left)


def _written(term: Term) -> str:
    minus = "-" if term.negated else ""
    if term.field == WORDS:
        return minus + _quote(term.values[0], _PLAIN_WORD)
    values = ",".join(_quote(value, _PLAIN_VALUE) for value in term.values)
    return f"{minus}{term.field}:{term.sign}{values}"


def _quote(value: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _terms(text: str) -> Iterator[Term]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        term, at = _term(text, at)
        if term is not None:
            yield term


def _term(text: str, at: int) -> tuple[Term | None, int]:
    """The term that begins here, and where it ends; None for empty quotes."""
    negated = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
    start = at + negated
    field = _FIELD.match(text, start)
    if field is None:
        word, end = _value(text, start, _WORD)
        return (Term(WORDS, (word,), negated=negated) if word else None), end
    name = field[1].lower()
    if name not in FIELDS:
        raise _unknown(field[1], start)
    sign = _SIGN.match(text, field.end())
    values, end = _values(text, sign.end() if sign else field.end(), name)
    if sign and (not FIELDS[name].compares or len(values) > 1):
        raise _mistake(f"{name}: cannot be compared with {sign[0]}", name, sign.start())
    return Term(name, values, sign[0] if sign else "", negated), end  # type: ignore[arg-type]


def _values(text: str, at: int, name: str) -> tuple[tuple[str, ...], int]:
    """The values that stand here with commas between them."""
    found: list[str] = []
    while True:
        if at >= len(text) or text[at].isspace() or text[at] == ",":
            raise _mistake(f"{name}: says nothing yet", name, at)
        value, end = _value(text, at, _BARE)
        found.append(_checked(value, name, at))
        if end >= len(text) or text[end] != ",":
            return tuple(dict.fromkeys(found)), end
        at = end + 1


def _value(text: str, at: int, bare: re.Pattern[str]) -> tuple[str, int]:
    if text[at] == '"':
        quoted = _QUOTED.match(text, at)
        if quoted is None:
            raise Mistake(f"The quotes at {at + 1} do not end.", field="q", at=at + 1)
        return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL), quoted.end()
    # Neither a space nor quotes stand here.
    found = cast(re.Match[str], bare.match(text, at))
    return found[0], found.end()


def _checked(value: str, name: str, at: int) -> str:
    """A value that its field knows, in the field's own spelling."""
    field = FIELDS[name]
    if field.values:
        if value.lower() not in field.values:
            raise _mistake(f"{name}: cannot be “{value}”", name, at, value)
        return value.lower()
    if field.form is not None:
        if not field.form.fullmatch(value.lower()):
            raise _mistake(f"{name}: cannot be “{value}”", name, at)
        return value.upper() if field.form is _NAME else value.lower()
    if not value.strip():
        raise _mistake(f"{name}: says nothing yet", name, at)
    return value


def _unknown(name: str, at: int) -> Mistake:
    close = get_close_matches(name.lower(), FIELDS, 1)
    hint = f"Did you mean {close[0]}:?" if close else f"There are {', '.join(FIELDS)}."
    return Mistake(
        f"Nothing is called “{name}:” (at {at + 1}). {hint}",
        field="q",
        at=at + 1,
        valid=list(FIELDS),
    )


def _mistake(sentence: str, name: str, at: int, value: str = "") -> Mistake:
    field = FIELDS[name]
    close = get_close_matches(value.lower(), field.values, 1) if value else []
    if close:
        hint = f"Did you mean {close[0]}?"
    elif field.values:
        hint = f"It can be {', '.join(field.values)}."
    else:
        hint = f"For example {name}:{field.example}."
    return Mistake(
        f"{sentence} (at {at + 1}). {hint}",
        field="q",
        at=at + 1,
        valid=list(field.values) or [field.example],
    )
