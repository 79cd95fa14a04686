"""How likely a reviewer is to approve, learnt from what this store's people decided.

A prior per kind comes from reading proposals as an operator would; decisions move it from
the first one on. After fifty of them confidences are also bent to what became of the
earlier ones, without changing their order. A kind that people mostly turn down is muted.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from reviews.dreams.engines import Decided
from reviews.dreams.mining.thresholds import Thresholds

# Beta priors of approval by kind.
_PRIORS = {
    "error-fix": (7, 2), "loop": (4, 2), "constraint": (6, 3), "check": (5, 3), "stop": (3, 2),
    "slot": (3, 3), "order": (5, 2), "silent": (4, 3),
    "procedure": (3, 3), "wish": (4, 3), "remark": (4, 3), "lookup": (4, 2),
    "ineffective": (3, 3), "duplicate": (9, 1), "stale": (3, 3),
}  # fmt: skip

# Decisions of a block, and the highest confidence there is.
_LEAST, _MOST = 10, 0.98


class Block(msgspec.Struct, frozen=True):
    """Decisions on proposals of about one confidence, and the share that was approved."""

    confidence: float
    approved: float
    decisions: int


class Calibration:
    """What this store's decisions say about confidences."""

    def __init__(self, decided: Sequence[Decided], limits: Thresholds) -> None:
        self.limits = limits
        self.approved = Counter(one.kind for one in decided if one.approved)
        self.all = Counter(one.kind for one in decided)
        enough = len(decided) >= limits.calibrated_from
        self.blocks = _pooled(decided) if enough else []

    def prior(self, kind: str) -> tuple[float, float]:
        """How many of a kind are approved and turned down, as far as is known."""
        good, bad = _PRIORS[kind]
        approved = self.approved[kind]
        return good + approved, bad + self.all[kind] - approved

    def is_muted(self, kind: str) -> bool:
        """Whether people have mostly turned this kind down here."""
        total = self.all[kind]
        share = self.limits.muted_below
        return total >= self.limits.muted_from and self.approved[kind] < share * total

    def bent(self, confidence: float) -> float:
        """A confidence as earlier ones turned out: between two blocks, in proportion."""
        if not self.blocks:
            return confidence
        before = self.blocks[0]
        for block in self.blocks:
            if confidence <= block.confidence:
                width = block.confidence - before.confidence
                part = (confidence - before.confidence) / width if width > 0 else 1.0
                return round(
                    before.approved
                    + max(0.0, part) * (block.approved - before.approved),
                    3,
                )
            before = block
        return round(before.approved, 3)

    def notes(self) -> tuple[str, ...]:
        """Which kinds are muted, for the dream's page."""
        return tuple(
            f"Proposals of the kind “{kind}” are muted here: people approved"
            f" {self.approved[kind]} of {self.all[kind]}."
            for kind in sorted(self.all)
            if kind in _PRIORS and self.is_muted(kind)
        )


def _pooled(decided: Sequence[Decided]) -> list[Block]:
    """Pool adjacent violators: shares that only rise with confidence.

    No share is certain, whatever few people have decided.
    """
    alike: defaultdict[float, list[bool]] = defaultdict(list)
    for one in decided:
        alike[one.confidence].append(one.approved)
    blocks: list[Block] = []
    for confidence, votes in sorted(alike.items()):
        blocks.append(Block(confidence, sum(votes) / len(votes), len(votes)))
        while len(blocks) > 1 and blocks[-2].approved >= blocks[-1].approved:
            last, first = blocks.pop(), blocks.pop()
            blocks.append(_joined(first, last))
    return [
        msgspec.structs.replace(one, approved=min(_MOST, max(1 - _MOST, one.approved)))
        for one in _rising(blocks)
    ]


def _rising(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of ten decisions at least: a share of two says little."""
    kept: list[Block] = []
    for one in blocks:
        kept.append(one)
        if len(kept) > 1 and kept[-2].decisions < _LEAST:
            last, first = kept.pop(), kept.pop()
            kept.append(_joined(first, last))
    if len(kept) > 1 and kept[-1].decisions < _LEAST:
        last, first = kept.pop(), kept.pop()
        kept.append(_joined(first, last))
    return kept


def _joined(first: Block, last: Block) -> Block:
    total = first.decisions + last.decisions
    return Block(
        (first.confidence * first.decisions + last.confidence * last.decisions) / total,
        (first.approved * first.decisions + last.approved * last.decisions) / total,
        total,
    )
