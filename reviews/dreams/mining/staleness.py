"""Rules of the head that time has passed by, as far as traces and memory themselves tell.

A tool that its agents have stopped calling, a date that is over, a path that leads nowhere.
What only may be out of date is listed for people and not proposed.
"""

import re
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from reviews.dreams.engines import Refusal, Rule
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.wording import code, of_many
from reviews.proposals.drafts import DraftOperation

_NAMED = re.compile(r"`([^`\n]{2,80})`")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
# Until when, in the languages of the cue files; a month or a quarter is over with its last day.
_UNTIL = re.compile(
    r"\b(?:until|till|through|up to|no later than|by|bis(?: zum| ende)?|jusqu.(?:au|en)|hasta(?: el)?)"
    r"(?: the)?(?: end of)? "
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?:(?P<day>\d{{1,2}})\.? )?(?P<month>{_MONTH})"
    r"(?: (?P<after>\d{1,2}),?)? (?P<year>\d{4})|q(?P<quarter>[1-4]) (?P<of>\d{4}))\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:(?:this|next|last) (?:week|month|sprint|quarter)|for now|temporarily|diese woche|"
    r"nächste woche|vorübergehend|cette semaine|provisoirement|esta semana|por ahora)\b",
    re.IGNORECASE,
)
# Code and commands hold dates that are nobody's deadline.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
# A path of the store's own: from its root, to a text.
_PATH = re.compile(r"(?<![\w./:*>}$-])/(?:[\w.-]+/)*[\w.-]+\.md\b")
_MOST_LISTED = 10


class Stale(msgspec.Struct, frozen=True):
    """A rule that is out of date: what is to be done, and what says so."""

    rule: Rule
    title: str
    because: str
    operation: DraftOperation
    identity: tuple[str, ...]
    trigger: dict[str, str]
    confidence: float
    counts: dict[str, float] = msgspec.field(default_factory=dict)


def stale(rules: Sequence[Rule], counted: Tally, limits: Thresholds) -> Iterator[Stale]:
    """What is out of date for certain, or nearly so."""
    named = [rule for rule in rules if rule.id]
    yield from _forsaken(named, counted, limits)
    newest = max(counted.newest.values(), default=0)
    for rule in named:
        ends = [end for end in _ends(rule.text) if newest and end < newest]
        if ends:
            yield _over(rule, max(ends))
    yield from _moved(named)


def doubtful(rules: Sequence[Rule]) -> list[Refusal]:
    """What may be out of date: words that age, and paths that lead nowhere."""
    known = {rule.path for rule in rules}
    found: list[Refusal] = []
    for rule in rules:
        aging = _RELATIVE.search(_CODE.sub(" ", rule.text))
        if aging:
            reason = f"{rule.path} says “{aging.group()}”: nobody knows any more when that was."
            found.append(_listed(rule, "may-be-dated", reason))
        for path in _dead(rule, known):
            if not _twins(path, known):
                reason = f"{rule.path} points to {path}, which is not there."
                found.append(_listed(rule, "dead-path", reason))
    return found[:_MOST_LISTED]


def _forsaken(
    rules: Sequence[Rule], counted: Tally, limits: Thresholds
) -> Iterator[Stale]:
    """Rules about a tool that its agents called, and have not for many runs now."""
    about = {name for rule in rules for name in _NAMED.findall(rule.text)}
    named = sorted(about & counted.usage.keys())
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in counted.courses.runs if named else ():
        if one.day:
            days[one.agent][one.day] += 1
    for tool in named:
        callers = counted.courses.callers(tool)
        using = [one for one in callers if tool in one.tools]
        agents = {one.agent for one in using}
        last = max((one.day for one in using), default="")
        its = sum((days[agent] for agent in agents), Counter[str]())
        since = sum(times for day, times in its.items() if day > last)
        before = its.total() - since
        if not last or len(using) < limits.groups or since < limits.forsaken_runs:
            continue
        # How likely so long a pause would be, were it called as often as before.
        if (1 - len(using) / before) ** since > limits.forsaken_p:
            continue
        for rule in rules:
            if tool in _NAMED.findall(rule.text):
                yield Stale(
                    rule,
                    f"Delete a rule about {code(tool)}, which is not called any more",
                    f"{of_many(len(using), before, 'runs of its agents called it until')} {last},"
                    f" and none of the {since} since.",
                    _delete(rule), ("forsaken", tool, rule.text), {"forsaken": tool}, 0.4,
                    {"runs": len(using), "opportunities": before, "since": since},
                )  # fmt: skip


def _over(rule: Rule, end: int) -> Stale:
    day = date.fromordinal(end).isoformat()
    return Stale(
        rule, f"Delete a rule that held until {day}",
        f"It holds until {day} by its own words, and runs are newer.",
        _delete(rule), ("over", rule.text), {"over": day}, 0.6,
    )  # fmt: skip


def _moved(rules: Sequence[Rule]) -> Iterator[Stale]:
    """Paths that lead nowhere, where one memory of the same name stands elsewhere."""
    known = {rule.path for rule in rules}
    for rule in rules:
        for path in _dead(rule, known):
            twins = _twins(path, known)
            if len(twins) == 1:
                after = rule.text.replace(path, twins[0])
                yield Stale(
                    rule, f"Point to {twins[0]}, where {path} is now",
                    f"There is no memory at {path}; one of that name stands at {twins[0]}.",
                    DraftOperation(
                        kind="edit", path=rule.path, heading=rule.heading, rule=rule.id,
                        before=rule.text, after=after,
                    ),
                    ("moved", path, rule.text), {"moved": path}, 0.7,
                )  # fmt: skip


def _ends(text: str) -> Iterator[int]:
    """The days until which a text says that it holds."""
    for found in _UNTIL.finditer(_CODE.sub(" ", text)):
        part = found.groupdict()
        try:
            if part["iso"]:
                yield date.fromisoformat(part["iso"]).toordinal()
                continue
            year = int(part["year"] or part["of"])
            month = (
                3 * int(part["quarter"]) if part["quarter"] else _month(part["month"])
            )
            day = int(part["day"] or part["after"] or monthrange(year, month)[1])
            yield date(year, month, day).toordinal()
        except ValueError:  # the thirty-first of June
            continue


def _month(name: str) -> int:
    return next(
        number
        for number, known in enumerate(_MONTHS, start=1)
        if known.startswith(name.lower()[:3])
    )


def _dead(rule: Rule, known: Iterable[str]) -> list[str]:
    paths = dict.fromkeys(_PATH.findall(rule.text))
    return [path for path in paths if path not in known]


def _twins(path: str, known: Iterable[str]) -> list[str]:
    name = path.rsplit("/", 1)[-1]
    return sorted(one for one in known if one.rsplit("/", 1)[-1] == name)


def _delete(rule: Rule) -> DraftOperation:
    return DraftOperation(
        kind="delete", path=rule.path, heading=rule.heading, rule=rule.id,
        before=rule.text,
    )  # fmt: skip


def _listed(rule: Rule, refused: str, reason: str) -> Refusal:
    return Refusal(
        statement=" ".join(rule.text.split())[:160], code=refused, reason=reason,
        family="hygiene", kind="stale", counts={"groups": 2},
    )  # fmt: skip
