"""Candidates from what people find wrong: known faults that several of them name.

What to do about a known fault is known; who says it, and how often, decides whether it is
proposed, and for whom. Corrections of which each is about something else give no advice.
"""

from collections import Counter
from collections.abc import Iterator

from reviews.dreams.engines import Refusal
from reviews.dreams.mining import cues, remarks, wording
from reviews.dreams.mining.candidates import Candidate, counts
from reviews.dreams.mining.cues import Fault
from reviews.dreams.mining.extraction import Recurrence, Tally
from reviews.dreams.mining.proposing import Found
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds

_ADMITTED = frozenset(one.name for one in cues.named("en").admissions)


def of_remarks(counted: Tally, limits: Thresholds) -> Iterator[Found]:
    """What several people, or one person again and again, find wrong."""
    for kind, heard in sorted(counted.remarks.items()):
        fault = _fault(kind, heard)
        groups = len(heard.support.groups)
        if fault is None:
            if kind == remarks.CORRECTION and groups >= limits.groups:
                yield _uninformative(heard, counted)
        elif kind in _ADMITTED:
            yield from _admitted(fault, heard, counted, limits)
        elif _is_everybodys(fault, heard.support, counted, limits):
            yield _candidate(fault, heard.support, counted, _all_of(heard, counted))
        else:
            yield from _personal(fault, heard, counted, limits)


def _fault(kind: str, heard: Recurrence) -> Fault | None:
    """The fault of that name, in the language that most people used for it."""
    spoken = Counter(
        language
        for text, times in heard.texts.items()
        for language in [_language_of(kind, text)] * times
    )
    for language, _ in sorted(spoken.items(), key=lambda item: (-item[1], item[0])):
        its = cues.named(language)
        for fault in (*its.faults, *its.admissions):
            if fault.name == kind:
                return fault
    return None


def _language_of(kind: str, text: str) -> str:
    """The language in which a sentence names the fault; its small words where several do."""
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    knowing = [
        its.name
        for its in cues.languages()
        if any(
            one.name == kind and one.cue.search(plain)
            for one in (*its.faults, *its.admissions)
        )
    ]
    likely = cues.of(plain).name
    return likely if likely in knowing or not knowing else knowing[0]


def _is_everybodys(
    fault: Fault, support: Support, counted: Tally, limits: Thresholds
) -> bool:
    least = limits.preference_people
    if fault.family == "mistake":
        least = limits.people
    # Where nobody is named, whoever speaks speaks for all that is known.
    return (
        (support.people >= least or not counted.people)
        and len(support.groups) >= limits.groups
        and len(support.groups) >= limits.remark_share * counted.groups
    )


def _personal(
    fault: Fault, heard: Recurrence, counted: Tally, limits: Thresholds
) -> Iterator[Found]:
    """One candidate per person who keeps finding it."""
    said = False
    for person, groups in sorted(heard.support.by_person.items()):
        least = limits.remark_share * counted.groups_of[person]
        if len(groups) < max(limits.remark_groups_of_person, least):
            continue
        said = True
        support = heard.support.within(groups)
        because = (
            f"{person} said so in {len(groups)} of {counted.groups_of[person]}"
            " groups of runs."
        )
        yield _candidate(fault, support, counted, because, owner=person)
    if not said and len(heard.support.groups) > 1:
        yield _refused(
            fault.rule, fault.family, heard, counted, "too-few-people",
            f"{max(1, heard.support.people)} people said so, each in few runs.",
        )  # fmt: skip


def _candidate(
    fault: Fault, support: Support, counted: Tally, because: str, *, owner: str = ""
) -> Candidate:
    return Candidate(
        kind="remark",
        family="mistake" if fault.family == "mistake" else "preference",
        tools=(),
        identity=(fault.name,),
        text=fault.rule,
        because=because,
        support=support,
        counts=counts(support, counted, ()),
        entities=(),
        trigger={"remark": fault.name, "owner": owner},
        waste=3.0,
        owner=owner,
        known_by=fault.cue,
    )


def _admitted(
    fault: Fault, heard: Recurrence, counted: Tally, limits: Thresholds
) -> Iterator[Found]:
    """What agents say of their own work: no person's word, so no person's scope."""
    groups = len(heard.support.groups)
    if groups < max(limits.groups, limits.remark_share * counted.groups):
        few = f"Agents said so in {groups} independent groups; {limits.groups} are needed."
        yield _refused(
            fault.rule, fault.family, heard, counted, "too-few-groups", few
        )  # fmt: skip
        return
    said = wording.of_many(groups, counted.groups, "groups the agent said so itself")
    yield _candidate(fault, heard.support, counted, f"In {said}.")


def _all_of(heard: Recurrence, counted: Tally) -> str:
    support = heard.support
    people = wording.of_many(support.people, len(counted.people), "people said so, in")
    told = f"{people if counted.people else 'Said in'} {len(support.groups)}"
    wordings = f" and {len(heard.texts)} different wordings" * (len(heard.texts) > 1)
    return f"{told} of {counted.groups} groups of runs{wordings}."


def _uninformative(heard: Recurrence, counted: Tally) -> Refusal:
    return _refused(
        "People correct what agents did", "mistake", heard, counted, "no-action",
        "Each correction is about something else: no common advice follows.",
    )  # fmt: skip


def _refused(
    statement: str, family: str, heard: Recurrence, counted: Tally, code: str, why: str
) -> Refusal:
    return Refusal(
        statement=statement, code=code, reason=why, family=family, kind="remark",
        counts=counts(heard.support, counted, ()),
    )  # fmt: skip
