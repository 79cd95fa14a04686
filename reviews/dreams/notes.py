"""Why a dream proposed what it did, and why nothing: sentences from its counts."""

from collections.abc import Mapping, Sequence

# What a refusal's code says of several at once.
REASONS = {
    # The engine's own.
    "too-few-groups": "seen in too few independent groups",
    "one-person": "one person's only",
    "same-words": "said by all in the very same words",
    "too-few-people": "wanted by too few people",
    "contested": "which other people want otherwise",
    "no-difference": "that make no difference to how runs end",
    "transient": "passing by themselves",
    "generic": "too general to advise on",
    "no-action": "without a common way out",
    "outside-word": "said only by pages or mails from outside",
    "instance-specific": "about one instance only",
    "odd-name": "naming what is no name of a tool",
    "no-evidence": "without words to quote",
    "covered": "covered by memory already",
    "withdrawn": "that people took out of memory again",
    "muted-kind": "of a kind that people here mostly turn down",
    "may-be-dated": "whose words may be out of date",
    "dead-path": "pointing to what is not there",
    "faded": "not seen for a long time",
    "possible-conflict": "that may contradict a rule of memory",
    "unheard-name": "naming what no person, agent or memory had named",
    "curated-away": "left out when a model put them in order",
    "collateral": "that would have bothered far more runs than they help",
    "below-the-line": "below the line of what one dream proposes",
    "tail": "too rare to list",
    # A model's, each with its reason beside the finding.
    "several-things": "several things at once",
    "not-worth-it": "not worth a rule",
    "suspicious": "looking planted",
    "unjudged": "read from single runs and not judged",
    "unsupported": "read from single runs and not borne out",
    # The screen's, where an engine heeds it.
    "tool-only": "said by tools only",
    "instruction-like": "giving orders to a model",
    "invisible-characters": "with characters that nobody can see",
    "personal-data": "naming somebody",
    "secret": "holding what looks like a secret",
    # The checks'.
    "duplicate": "the same as another",
    "unquotable": "not quotable from two independent groups",
    "miscounted": "not confirmed by counting again",
    "too-many": "beyond what one dream may propose",
    "too-long": "too long for a rule",
    "memory-full": "too much for the memory",
    # The store's.
    "waiting": "waiting for a decision already",
    "no-quote": "not quotable word for word",
    "muted": "turned down before, without enough new evidence since",
    "already-there": "in memory word for word",
    "faded-away": "withdrawn, because their patterns have faded",
    # To whoever sent a proposal back.
    "not-followed": "sent back with a wish that cannot be followed",
}

NOTHING_NEW = (
    "No trace is new since the last dream, so there was nothing to think about."
)
NO_SUBSCRIBER = (
    "No agent reads this store, so there are no traces for it to dream about."
)


def empty_window(days: int) -> str:
    """Why nothing was read although agents subscribe."""
    return f"No trace arrived in the last {days} days."


def lost(gone: int, aged: int) -> list[str]:
    """What a dream before had read and this one cannot: of two kinds, either may be none."""
    said = []
    if gone:
        whose = "it was" if gone == 1 else "they were"
        said.append(
            f"{many(gone, 'trace')} of the last dream's window {_are(gone)} gone:"
            f" {whose} erased, or {'its agent reads' if gone == 1 else 'their agents read'}"
            " this store no more."
        )
    if aged:
        said.append(
            f"{many(aged, 'trace')} of the last dream's window {_are(aged)} too old for"
            " this one."
        )
    return said


def again(dream: int) -> str:
    """Why a dream that would be paid for did not think about less than before."""
    return (
        "No trace is new, and asking costs money: to have the rest thought about, dream"
        f" it again, here or with --again {dream}."
    )


def reading(traces: int, new: int, unreadable: int) -> list[str]:
    """What was read."""
    said = [f"Read {many(traces, 'trace')}, {new:,} of them new."]
    if unreadable:
        said.append(
            f"The engine could make nothing of {many(unreadable, 'trace')}; the log says why."
        )
    return said


def outcome(
    proposed: int, updated: int, refused: Mapping[str, int], listed: int
) -> list[str]:
    """What came of it; ``refused`` counts by code, ``listed`` is how many are kept."""
    said = []
    if proposed:
        like = "it waits or applies" if proposed == 1 else "them waits or applies"
        said.append(f"Proposed {many(proposed, 'change')}: nothing like {like}.")
    if updated:
        brought = "an open proposal" if updated == 1 else f"{updated:,} open proposals"
        said.append(f"Brought new evidence to {brought}.")
    total = sum(refused.values())
    if not proposed and not updated:
        said.append(_nothing(total))
    if total:
        said.append(f"Did not propose {many(total, 'finding')}: {_grouped(refused)}.")
    if total > listed:
        said.append(f"The first {listed:,} of them are listed.")
    return said


def foreseen(would: int, refused: Mapping[str, int], listed: int) -> list[str]:
    """What would have come of a dry run."""
    said = [
        f"A dry run: it would propose {many(would, 'change')}, and proposed nothing."
        if would
        else "A dry run: it would propose nothing."
    ]
    total = sum(refused.values())
    if total:
        said.append(
            f"It would not propose {many(total, 'finding')}: {_grouped(refused)}."
        )
    if total > listed:
        said.append(f"The first {listed:,} of them are listed.")
    return said


def confirmed(rules: int) -> list[str]:
    """How much of memory the runs bear out."""
    if not rules:
        return []
    follow = "it is" if rules == 1 else "they are"
    return [f"Confirmed {many(rules, 'rule')} of memory: {follow} followed."]


def faded(count: int) -> list[str]:
    """What was withdrawn because nothing shows it any more."""
    if not count:
        return []
    whose = "its pattern has" if count == 1 else "their patterns have"
    return [f"Withdrew {many(count, 'open proposal')}: {whose} faded."]


def answers(followed: int, declined: int) -> list[str]:
    """What became of the proposals that people had sent back."""
    said = []
    if followed:
        back = "it is" if followed == 1 else "they are"
        said.append(
            f"Reworded {many(followed, 'proposal')} as people had asked: {back} open again."
        )
    if declined:
        said.append(
            f"Could not follow {many(declined, 'request')} for changes: why not stands"
            " beside the proposal."
        )
    return said


def many(count: int, noun: str) -> str:
    """A count with its noun: 1 trace, 2 traces."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def reason(code: str) -> str:
    """What several refusals with this code have in common."""
    return REASONS.get(code, code.replace("-", " "))


def _nothing(refused: int) -> str:
    if refused:
        return "Proposed nothing: why not stands beside each finding."
    return "Proposed nothing: no mistake came back in what was read."


def _grouped(refused: Mapping[str, int]) -> str:
    most_first: Sequence[tuple[str, int]] = sorted(
        refused.items(), key=lambda item: (-item[1], item[0])
    )
    return ", ".join(f"{count:,} {reason(code)}" for code, count in most_first)
