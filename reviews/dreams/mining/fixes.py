"""From a failure to advice: the way out that the traces themselves show.

One action per failure, the strongest that its evidence carries; where none is found but
the tool states a condition, its own words may be quoted; else the failure is refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from reviews.dreams.mining.contrasts import Contrast, Feature
from reviews.dreams.mining.masking import LEFT, RIGHT
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_meta, writes

_CONSTRAINT = re.compile(
    r"\b(?:must|cannot|can't|can not|only|required|requires?|should|available|not (?:allowed|"
    r"enough|supported|permitted|eligible)|does not (?:match|equal|support|allow)|exceeds?|"
    r"insufficient|already|before|first|at (?:least|most)|maximum|minimum|non-\w+|expired|closed|"
    r"unavailable|forbidden|not (?:have )?been|has not|is not (?:a|an|part|valid|in))\b",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"indentationerror|syntaxerror|unexpected indent|invalid syntax|unterminated|parse error|"
    r"(?:file|directory|path) (?:does not|doesn't) exist|no such file|is a directory|enoent|"
    r"^(?:\S+ ){0,4}not found\b\W*$|module(?:notfounderror| named)|importerror|undefined:|"
    r"cannot use \S+ \(|typecheck|does not compile|build failed|compilation|tests? failed|"
    r"assert\w*error|^fail\b|panic:|merge conflict|could not apply|automatic merge failed|"
    r"task failed|exit (?:code|status)|command not found|non-zero|string to replace not found|"
    r"keyerror|typeerror|valueerror|attributeerror|indexerror|has no (?:field|attribute)|"
    r"unable to read|not a git repository|nothing to commit|no matches found|"
    r"has been modified since|unexpected end|unexpected token|argument parsing",
    re.IGNORECASE,
)
# A name that has to be defined before it is used.
NAME_ERROR = re.compile(
    r"is not defined|undefined|no(?:t a)? known name", re.IGNORECASE
)
_CHOICE = re.compile(r"^[a-z][a-z_.:-]{2,30}$")
_STRENGTH = {"did": 4, "src": 3, "has": 2, "shape": 2, "after": 1, "val": 0}
# A value became shorter or longer in many a way; advice only where the tool speaks of it.
_LENGTHS = {
    "shortened": re.compile(
        r"too (?:long|large|many|big)|exceed|limit|at most|maximum", re.IGNORECASE
    ),
    "extended": re.compile(
        r"match|multiple|ambiguous|unique|more than one|too short", re.IGNORECASE
    ),
}
_OFFERED = {"from_error", "sum_from_error", "number_from_error"}
_ADVICE = (
    "sum_from_error", "number_from_error", "unquoted", "from_error", "prefixed", "suffixed",
    "typed", "case", "punctuation", "shortened", "extended", "added", "removed",
)  # fmt: skip


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about a failure, and what says so."""

    # precondition, same-item, invented, shape, value, missing, order, recovery, between,
    # slot, constraint
    kind: str
    argument: str = ""
    value: str = ""
    # Another tool: the one to call before, or the one to call last.
    tool: str = ""
    # A tool through which failing groups found the value.
    through: str = ""
    contrast: Contrast | None = None
    recovered: tuple[int, int] = (0, 0)

    @property
    def action(self) -> str:
        """The advice without words: what makes two fixes the same."""
        return ":".join(
            part for part in (self.kind, self.argument, self.value, self.tool) if part
        )


def is_generic(template: str) -> bool:
    """Whether a failure is such as any program shows: no rule without a derived way out."""
    return _GENERIC.search(template) is not None


def derived(
    subject: Subject, tested: Sequence[Contrast], limits: Thresholds
) -> Fix | None:
    """The strongest advice that recoveries and contrasts carry."""
    recovered = next(_from_recoveries(subject, limits), None)
    if recovered and recovered.value in _OFFERED:
        return recovered
    contrasted = best_contrast(subject, tested, limits)
    if contrasted:
        return msgspec.structs.replace(contrasted, through=_through(subject, limits))
    if recovered:
        return recovered
    through = _through(subject, limits)
    if through:
        groups = len(subject.between[through])
        return Fix(
            kind="between", tool=through, recovered=(groups, len(subject.recovered))
        )
    return None


def best_contrast(
    subject: Subject, tested: Sequence[Contrast], limits: Thresholds
) -> Fix | None:
    """The contrast that explains the failure best, as advice."""
    holding = [one for one in tested if _holds(one, limits)]
    holding.sort(key=lambda one: (-_worth(one), one.p, one.feature))
    for one in holding:
        fix = _as_fix(one, subject)
        if fix:
            return fix
    return None


def slot(subject: Subject, limits: Thresholds) -> Fix | None:
    """One value that many of the failures share: `x` is not defined."""
    ranked = sorted(subject.slots.items(), key=lambda item: (-len(item[1]), item[0]))
    total = len(subject.support.groups)
    for (kind, value), groups in ranked:
        never = kind in _arguments(subject) and _CHOICE.match(value) is not None
        least = limits.slot_groups_never_fine if never else limits.groups
        if len(groups) < max(least, limits.slot_share * total):
            continue
        named = kind in {"text", "callee"} and _speaks_of_names(subject, kind)
        if (never or named) and fit_to_name(value):
            return Fix(
                kind="slot",
                argument=kind,
                value=value,
                recovered=(len(groups), total),
            )
    return None


def _speaks_of_names(subject: Subject, kind: str) -> bool:
    """Whether a shared word is what is missing, not just what the answer is about."""
    if kind == "text":
        return NAME_ERROR.search(subject.template) is not None
    return not is_generic(subject.template)


def constraint(subject: Subject) -> Fix | None:
    """The tool's own words, where they state a condition."""
    template = subject.template
    if is_generic(template) or len(template.split()) < 3:
        return None
    if any(f"{LEFT}{kind}{RIGHT}" in template for kind in ("url", "mail")):
        return None  # an address in an answer leads somewhere that nobody here chose
    return Fix(kind="constraint") if _CONSTRAINT.search(template) else None


def fit_to_name(value: str) -> bool:
    """Whether a value may stand in a rule: nothing of one instance, nothing private."""
    return (
        2 < len(value) <= 40
        and not re.search(r"\d{3}|@|[\\/]|\s{2}|://", value)
        and value.isprintable()
    )


def _from_recoveries(subject: Subject, limits: Thresholds) -> Iterator[Fix]:
    changed = {group for groups in subject.changes.values() for group in groups}
    # Without those that only ever tried again as it was.
    total = len(subject.recovered - (subject.unchanged - changed))
    alike: dict[str, tuple[str, set[str]]] = {}
    for change, groups in sorted(subject.changes.items()):
        kind, argument, *rest = change.split(":")
        detail = rest[0] if rest else ""
        key = f"{kind}:{argument}"
        first, known = alike.get(key, (detail, set()))
        alike[key] = (detail if first == detail else "", known | groups)
    found = []
    for key, (detail, groups) in alike.items():
        kind, argument = key.split(":")
        if kind not in _ADVICE or len(groups) < limits.fix_share * max(total, 1):
            continue
        if kind in _LENGTHS and not _LENGTHS[kind].search(subject.template):
            continue
        least = limits.fix_groups_from_error if kind in _OFFERED else limits.fix_groups
        if len(groups) >= least and (
            kind in _OFFERED or total >= limits.recovered_groups
        ):
            found.append((_ADVICE.index(kind), -len(groups), argument, kind, detail))
    for _, groups_, argument, kind, detail in sorted(found):
        yield Fix(
            kind="recovery", argument=argument, value=kind, tool=detail,
            recovered=(-groups_, total),
        )  # fmt: skip


def _through(subject: Subject, limits: Thresholds) -> str:
    """A reading tool that most of the recovered groups called before they succeeded."""
    ranked = sorted(subject.between.items(), key=lambda item: (-len(item[1]), item[0]))
    for tool, groups in ranked:
        if writes(tool) or is_meta(tool) or " " in tool:
            continue
        enough = len(groups) >= limits.between_groups
        if enough and len(groups) >= limits.between_share * len(subject.recovered):
            return tool
    return ""


def _holds(one: Contrast, limits: Thresholds) -> bool:
    total = one.is_total and one.p <= limits.p_if_total
    enough = one.a >= (limits.groups_if_total if total else limits.groups)
    return (
        enough
        and (one.q <= limits.q or total)
        and one.difference >= limits.risk_difference
        and _explains(one, limits)
    )


def _explains(one: Contrast, limits: Thresholds) -> bool:
    """Whether it is there in most failures, and, where it is a choice, mostly fails."""
    kind = one.feature.kind
    if (
        kind == "val"
    ):  # a value may be what the person wanted: only one that never works
        return one.explained >= limits.slot_share and one.failing >= limits.value_share
    if kind == "did" and one.feature.present:
        return one.explained >= 0.5 and one.failing >= limits.shape_share
    return one.explained >= 0.5


def _worth(one: Contrast) -> float:
    return one.difference + one.explained + _STRENGTH[one.feature.kind] / 20


def _as_fix(one: Contrast, subject: Subject) -> Fix | None:
    feature = one.feature
    if feature.kind == "did":
        return Fix(
            kind="order" if feature.present else "same-item",
            tool=feature.subject,
            contrast=one,
        )
    if feature.kind == "after":
        return Fix(kind="precondition", tool=feature.subject, contrast=one)
    if feature.kind == "src":
        return Fix(kind="invented", argument=feature.subject, contrast=one)
    if feature.kind == "has":
        return Fix(kind="missing", argument=feature.subject, contrast=one)
    if feature.kind == "shape":
        return _shape(feature, subject, one)
    if not fit_to_name(feature.value):
        return None
    return Fix(
        kind="value", argument=feature.subject, value=feature.value, contrast=one
    )


def _shape(feature: Feature, subject: Subject, one: Contrast) -> Fix | None:
    if feature.value not in {"quoted", "hash", "parens"}:
        return None
    return Fix(
        kind="shape", argument=feature.subject, value=feature.value, contrast=one
    )


def _arguments(subject: Subject) -> Iterable[str]:
    masks = {
        "url",
        "mail",
        "id",
        "date",
        "time",
        "path",
        "text",
        "list",
        "number",
        "callee",
    }
    return {kind for kind, _ in subject.slots} - masks
