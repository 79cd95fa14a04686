"""The ways out of a failure in words: what a run did, and what that says one should do."""

from reviews.dreams.mining import arguments, excerpts
from reviews.dreams.mining.digests import Fault
from reviews.dreams.mining.runs import Run

# By class of change: what was done, and what to do.
_FORMS = {
    "sum_from_error": ("making {argument} add up to the total that the error states", "Make {argument} add up to the total that the error states"),
    "number_from_error": ("taking the number for {argument} from the error", "Use the number that the error states for {argument}"),
    "from_error": ("taking {argument} from what the error offers", "Use what the error offers for {argument}"),
    "unquoted": ("passing {argument} without quotation marks", "Pass {argument} without quotation marks"),
    "prefixed": ("giving {argument} its prefix", "Write {argument} with its prefix"),
    "suffixed": ("giving {argument} its ending", "Write {argument} with its ending"),
    "typed": ("passing {argument} as a value of its own type", "Pass {argument} as a value of its own type, not as text"),
    "case": ("changing the case of {argument}", "Mind upper and lower case in {argument}"),
    "punctuation": ("changing the punctuation of {argument}", "Mind the punctuation of {argument}"),
    "shortened": ("shortening {argument}", "Pass a shorter {argument}"),
    "extended": ("extending {argument}", "Pass a longer {argument} that holds the first one"),
    "added": ("passing {argument} as well", "Pass {argument} as well"),
    "removed": ("leaving {argument} out", "Leave {argument} out"),
}  # fmt: skip
# An error asked for these itself: they hold whatever else was changed.
_ASKED = frozenset({"sum_from_error", "number_from_error", "from_error"})
# Of these the value that worked says more than the class of the change.
_TELLING = frozenset({"from_error", "number_from_error", "added"})
_VALUE_WORDS = 8


def taken(run: Run, fault: Fault) -> str:
    """How the run got out of a failure, to follow "it worked later"; may be empty."""
    changes = _changes(run, fault)
    if not changes:
        helper = _between(run, fault)
        return f"after a call of {helper}" if helper else "on another try"
    form = _form(changes)
    if form:
        return "by " + form[0].format(argument=excerpts.code(changes[0][1]))
    return f"with {_others(changes)}"


def advised(run: Run, fault: Fault) -> str:
    """What would have avoided a failure, as the run itself shows it; else empty."""
    if fault.fix is None:
        return ""
    at, changes, helper = fault.fix.step, _changes(run, fault), _between(run, fault)
    if not changes:
        if helper:
            return f"Call {helper} first: the same call worked then, at step {at}."
        if fault.transient:
            return f"Try again: the same call worked at step {at}."
        return f"The same call worked at step {at}; look at what changed in between."
    form = _form(changes)
    if form is None:
        # A fact of this run, and no advice for others.
        source = f", after {helper}" if helper else ""
        other = _others(changes)
        return f"{other[:1].upper()}{other[1:]} worked at step {at}{source}."
    kind, argument = changes[0]
    value = _value(run, fault, argument) if kind in _TELLING else ""
    advice = form[1].format(argument=excerpts.code(argument))
    return f"{advice}{value}, as step {at} did."


def _changes(run: Run, fault: Fault) -> list[tuple[str, str]]:
    """What was changed, (class, argument), what the error asked for first."""
    parts = [run.word(number).split(":") for number in fault.changes]
    changes = [(part[0], part[1]) for part in parts if len(part) > 1]
    return sorted(changes, key=lambda one: one[0] not in _ASKED)


def _form(changes: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The words for a change that says something by itself.

    Where several arguments were changed at once, nobody can tell which one mattered.
    """
    kind = changes[0][0]
    alone = len({argument for _, argument in changes}) == 1
    return _FORMS.get(kind) if alone or kind in _ASKED else None


def _others(changes: list[tuple[str, str]]) -> str:
    names = list(dict.fromkeys(argument for _, argument in changes))
    if names[0] in {"command", "cmd"}:
        return "another command"
    shown = " and ".join(map(excerpts.code, names[:2]))
    return f"another {shown}" if len(names) == 1 else f"other values of {shown}"


def _between(run: Run, fault: Fault) -> str:
    names = [run.word(number) for number in fault.between]
    return excerpts.code(names[-1]) if names else ""


def _value(run: Run, fault: Fault, argument: str) -> str:
    """The value that worked, where it is short enough to be one."""
    place = run.place.get(fault.fix.step) if fault.fix else None
    given = {} if place is None else arguments.of(run.calls[place].text)
    value = given.get(argument)
    if isinstance(value, bool | int | float):
        return f": {excerpts.quoted(str(value), 1)}"
    if isinstance(value, str) and 0 < len(value) <= 80:
        return f": {excerpts.quoted(value, _VALUE_WORDS)}"
    return ""
