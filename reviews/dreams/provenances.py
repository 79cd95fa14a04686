"""What every engine's draft is held to before it is proposed: whose words it carries.

A rule may name only what people or agents named, or memory; it may hold no secret and
nobody's address. Whoever planted a name in a tool's answer finds it refused here, whatever
the engine made of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reviews.dreams.engines import Head
from reviews.proposals import names, telltales
from reviews.proposals.drafts import Draft
from reviews.traces import redaction
from reviews.traces.steps import Step

_HEARD = frozenset({"person", "agent", "operator"})
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
    return _unheard(draft, head, steps)


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
