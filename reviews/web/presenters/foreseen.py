"""What a dry run would propose, as the desk would show it: diff, risk, quotes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reviews.dreams import findings
from reviews.dreams.models import Dream, Finding
from reviews.proposals.drafts import Draft, DraftOperation, Quote
from reviews.proposals.flags import FLAGS, Flag
from reviews.traces.models import Trace
from reviews.web.presenters import diffs, trials
from reviews.web.presenters.diffs import Change


@dataclass(frozen=True)
class Foreseen:
    """One draft of a dry run, with the words of its quotes as they stand now."""

    finding: Finding
    draft: Draft
    changes: list[tuple[DraftOperation, Change]]
    risk: str = ""
    flags: list[Flag] = field(default_factory=list)
    # The policy that would approve it at once, in a sentence.
    decided: str = ""
    # Each with its stance, in the word of the desk.
    quotes: list[tuple[str, Quote, Trace]] = field(default_factory=list)
    # Quotes whose runs are gone, or no longer say so.
    gone: int = 0

    @property
    def tried(self) -> str:
        """What it would have done to past runs; empty where it was not tried."""
        counts = self.finding.counts
        applied, failed, fine = (
            int(counts.get(name) or 0)
            for name in ("would_apply", "would_prevent", "collateral")
        )
        return trials.in_words(self.draft.kind, applied, failed, fine)


def of(dream: Dream, would: Sequence[Finding]) -> list[Foreseen]:
    """Every draft with what it changes; the quotes of all in two queries or three."""
    drafts = [findings.draft_of(one) for one in would]
    checked = findings.quotes_of(dream, drafts)
    held = {_place(quote): quote for quote in checked.quotes}
    made = []
    for finding, draft in zip(would, drafts, strict=True):
        found = [held[_place(one)] for one in draft.quotes if _place(one) in held]
        made.append(
            Foreseen(
                finding,
                draft,
                [(one, _change(one)) for one in draft.operations],
                risk=finding.draft.get("risk", ""),
                flags=[
                    FLAGS[name]
                    for name in finding.draft.get("flags", ())
                    if name in FLAGS
                ],
                decided=finding.draft.get("decided", ""),
                quotes=[
                    (_stance(draft, one), one, checked.traces[one.agent, one.trace])
                    for one in found
                ],
                gone=len(draft.quotes) - len(found),
            )
        )
    return made


def _stance(draft: Draft, quote: Quote) -> str:
    """What is quoted beside failures is not against the rule: it was followed there."""
    followed = quote.stance == "against" and "failing_with" in draft.counts
    return "neutral" if followed else str(quote.stance)


def _change(operation: DraftOperation) -> Change:
    return diffs.present(operation.before, operation.after, path=operation.path)


def _place(quote: Quote) -> tuple[str, str, int, int, int, int]:
    where = (quote.agent, quote.trace, quote.step, quote.start, quote.end)
    return (*where, quote.operation)
