"""What every engine's draft is held to before it is proposed: whose words it carries.

A rule may name only what people or agents named, or memory; it may hold no secret and
nobody's address. Whoever planted a name in a tool's answer finds it refused here, whatever
the engine made of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reviews.dreams.engines import Head
from reviews.proposals import names, telltales
from reviews.proposals.drafts import Draft
from reviews.traces import redaction
from reviews.traces.steps import Step

_HEARD = frozenset({"person", "agent", "operator"})
# So many words in a row are no chance, and fewer than so many are no sentence.
_RUN, _SHORTEST = 5, 3
_SENTENCE = 12
# Steps before and after a quote, and characters of each, in which they are looked for.
_BESIDE, _LONGEST = 3, 20_000
_WORD = re.compile(r"\w+")
# Of one draft's names, as many are named in the refusal.
_MOST = 3


def fault(
    draft: Draft, head: Head, steps: Mapping[tuple[str, str], Sequence[Step]]
) -> tuple[str, str] | None:
    """Why a draft may not be proposed: a code and a sentence; None where it may."""
    for operation in draft.operations:
        text, before = operation.after, operation.before
        if redaction.redact(text, Counter()) != text and text not in before:
            return "secret", "It would carry what looks like a secret."
        raised = {one.flag for one in telltales.found(text, before)}
        if "secret" in raised:
            return "secret", "It would carry what looks like a secret."
        if "personal-data" in raised:
            return "personal-data", "It would name somebody's address or home folder."
    if "unsupported" in draft.flags:
        # It quotes nothing to hear a name in: that it names something new is a flag.
        return None
    return _unheard(draft, head, steps)


def names_anew(draft: Draft, head: Head) -> bool:
    """Whether a draft that quotes nothing names what memory does not know."""
    return "unsupported" in draft.flags and _unheard(draft, head, {}) is not None


def is_borrowed(
    draft: Draft, head: Head, steps: Mapping[tuple[str, str], Sequence[Step]]
) -> bool:
    """Whether a run of a rule's words was said near its quotes by tools or pages only."""
    near = list(_near(draft, steps))
    outside = "\n".join(_plain(step.text) for step in near if step.actor not in _HEARD)
    heard = "\n".join(
        map(
            _plain,
            (*(s.text for s in near if s.actor in _HEARD), *head.texts.values()),
        )
    )
    return any(
        f" {words} " in outside and f" {words} " not in heard
        for operation in draft.operations
        for words in _runs(operation.after)
    )


def _near(
    draft: Draft, steps: Mapping[tuple[str, str], Sequence[Step]]
) -> Iterator[Step]:
    """The steps that are quoted, and those beside them."""
    for (agent, trace), run in steps.items():
        places = {
            quote.step + by
            for quote in draft.quotes
            if (quote.agent, quote.trace) == (agent, trace)
            for by in range(-_BESIDE, _BESIDE + 1)
        }
        yield from (run[at] for at in sorted(places) if 0 <= at < len(run))


def _runs(text: str) -> Iterator[str]:
    words = _plain(text).split()
    size = min(_RUN, len(words))
    # Some scripts put no spaces between words.
    if size >= _SHORTEST or len(text) >= _SENTENCE:
        for at in range(len(words) - size + 1):
            yield " ".join(words[at : at + size])


def _plain(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()[:_LONGEST]))} "


def _unheard(
    draft: Draft, head: Head, steps: Mapping[tuple[str, str], Sequence[Step]]
) -> tuple[str, str] | None:
    known = "\n".join([*head.texts.values(), *head.texts, names.coded(draft.trigger)])
    for operation in draft.operations:
        found = names.unheard(
            operation.after, f"{known}\n{operation.before}", _heard(steps)
        )
        if found:
            listed = ", ".join(f"“{name}”" for name in found[:_MOST])
            return (
                "unheard-name",
                f"It names {listed}, and neither a person nor an agent did, nor memory.",
            )
    return None


def _heard(steps: Mapping[tuple[str, str], Sequence[Step]]) -> Iterator[str]:
    """What people, agents and operators said and did in the runs that are quoted."""
    for run in steps.values():
        for step in run:
            if step.actor in _HEARD:
                yield f"{step.tool} {step.text}"
