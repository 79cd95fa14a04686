"""One run in a paragraph: what was asked, what was done, what went wrong, how it ended.

Every sentence is built from what was recorded, in at most eighty words. What the trace
itself says stands between quotation marks and is data: it is shown, and instructs nobody.
"""

import re
from collections.abc import Iterator

from reviews.dreams.mining import excerpts, ways
from reviews.dreams.mining.digests import Fault
from reviews.dreams.mining.runs import LONGEST_TURN, Run
from reviews.traces.steps import Step

MOST_WORDS = 80
# Tools named (the rest is counted), then words of the request, of an error or a reason,
# and of the last words: until it fits.
_SIZES = ((4, 22, 12, 16), (3, 18, 10, 12), (2, 14, 9, 9), (2, 10, 6, 6), (1, 6, 4, 4))

# What clients and harnesses put around a request.
_REQUEST = re.compile(
    r"<(issue_description|pr_description|user_query|task|question|problem_statement)>(.+?)</\1>",
    re.DOTALL | re.IGNORECASE,
)
_TOPICS, _LEADS_IN = ("ISSUE:", "TASK:", "QUESTION:", "PROBLEM STATEMENT:"), 420
_LEAD_IN = re.compile(
    r"^.{0,400}?\b(?:ISSUE|TASK|QUESTION|PROBLEM STATEMENT):\s*", re.DOTALL
)
_WRAPPED = re.compile(r"<([a-z][\w-]{2,40})>.{0,4000}?</\1>", re.DOTALL)
_TAG = re.compile(r"</?[a-z][\w-]{1,40}>")
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| team| everyone)?[,.!\s]+)+",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^(?:#{1,6}|[-*>])\s+")


def summary(run: Run) -> str:
    """The paragraph."""
    if not run.steps:
        return "Nothing was recorded of this run."
    text = ""
    for sizes in _SIZES:
        text = " ".join(_sentences(run, *sizes))
        if len(text.split()) <= MOST_WORDS:
            return text
    return excerpts.clipped(text, MOST_WORDS - 1)


def request(step: Step) -> str:
    """What a person asked for, without what their client wrapped around it."""
    text = bare = step.text[:LONGEST_TURN]
    if "<" in text:
        found = _REQUEST.search(text)
        text = found.group(2) if found else text
        bare = _TAG.sub(" ", _WRAPPED.sub(" ", text))
    if any(word in bare[:_LEADS_IN] for word in _TOPICS):
        bare = _LEAD_IN.sub("", bare)
    bare = bare.strip()
    bare = _GREETING.sub("", _HEADING.sub("", bare or text.strip())) or bare
    return bare[:1].upper() + bare[1:]


def _sentences(run: Run, tools: int, asked: int, said: int, last: int) -> Iterator[str]:
    yield _asked(run, asked)
    yield _done(run, tools)
    yield from _troubles(run, said)
    yield _ended(run, last)


def _asked(run: Run, words: int) -> str:
    turn = run.turns[0] if run.turns else next(_unturned(run), None)
    if turn is None:
        return "Nobody's request is recorded."
    # Of somebody who is known by an address, the name in it.
    person = run.facts.person.partition("@")[0]
    who = excerpts.name(person) if person else "A person"
    more = len(run.turns) - 1
    turns = f", and wrote {_counted(more, 'more turn')}" if more > 0 else ""
    return excerpts.closed(
        f"{who} asked: {excerpts.quoted(request(turn), words)}{turns}"
    )


def _unturned(run: Run) -> Iterator[Step]:
    """Messages of a person that look like a client's own."""
    for step in run.steps[:200]:
        if step.kind == "message" and step.actor == "person" and step.text.strip():
            yield step


def _done(run: Run, most: int) -> str:
    if not run.calls:
        return "The agent called no tool."
    ranked = sorted(run.used, key=lambda name: -run.used[name])[:most]
    # In the order in which they were first used, which is that of the counter.
    named = [
        excerpts.code(name) + _times(run.used[name])
        for name in run.used
        if name in ranked
    ]
    others = len(run.used) - len(named)
    tools = named[0] + (f", then {', '.join(named[1:])}" if named[1:] else "")
    if others:
        tools += f" and {_counted(others, 'other tool')}"
    helpers = len({step.agent for step in run.calls if step.agent})
    team = f", with {_counted(helpers, 'other agent')}," if helpers else ""
    return f"The agent{team} made {_counted(len(run.calls), 'call')}: {tools}."


def _troubles(run: Run, words: int) -> Iterator[str]:
    if run.faults:
        yield _failed(run, words)
    for loop in run.digest.loops[:1]:
        tool = excerpts.code(run.word(loop.tool))
        yield f"It made the same call of {tool} {loop.times} times with the same answer."
    for halt in run.digest.halts[:1]:
        reason = run.word(halt.reason)
        told = f": {excerpts.quoted(reason, words)}" if reason else ""
        tool = excerpts.code(run.word(halt.tool))
        yield excerpts.closed(f"A person stopped {tool}{told}")
    if run.stops and not run.digest.halts:
        yield "A person interrupted it."


def _failed(run: Run, words: int) -> str:
    faults = run.faults
    worst = next((one for one in faults if not one.distance), faults[0])
    said = _answer(run, worst, words)
    told = f" with {said}" if said else ""
    tool = excerpts.code(run.word(worst.tool))
    out = sum(one.distance > 0 for one in faults)
    if len(faults) == 1:
        what = f"{tool} failed{told}"
        if not out:
            return f"{what} and did not work again soon."
        way = ways.taken(run, worst)
        return f"{what}; it worked later {way}."
    what = f"{run.failed} calls failed, among them {tool}{told}"
    if out == len(faults):
        way = ways.taken(run, worst)
        return f"{what}; each worked later, this one {way}."
    later = f"{out} of {run.failed} worked later" if out else "none worked again soon"
    return f"{what}; {later}."


def _answer(run: Run, fault: Fault, words: int) -> str:
    step = step_at(run, fault.answer.step)
    text = step.text[fault.answer.start : fault.answer.end] if step else ""
    return excerpts.quoted(text, words) if text.strip() else ""


def _ended(run: Run, words: int) -> str:
    rated = {
        "success": "The run was rated a success.",
        "failure": "The run was rated a failure.",
    }
    verdict = rated.get(run.facts.outcome, "")
    last = run.last_said
    if last is None:
        ended = "It ended without a word of the agent."
    elif run.calls and run.calls[-1].index > last.index:
        ended = (
            f"It ended on a call of {excerpts.code(run.calls[-1].tool or 'a tool')}."
        )
    else:
        verb = "gave up" if run.gave_up else "ended"
        said = excerpts.quoted(_first_words(last), words)
        ended = excerpts.closed(f"It {verb} with {said}")
    return f"{ended} {verdict}".strip()


def _first_words(step: Step) -> str:
    text = _HEADING.sub("", step.text[:LONGEST_TURN].strip())
    return text.replace("**", "").replace("__", "")


def step_at(run: Run, index: int) -> Step | None:
    """The step of that number; numbers are places unless steps are missing."""
    if index < len(run.steps) and run.steps[index].index == index:
        return run.steps[index]
    return next((step for step in run.steps if step.index == index), None)


def _times(number: int) -> str:
    return f" \N{MULTIPLICATION SIGN}{number}" if number > 1 else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
