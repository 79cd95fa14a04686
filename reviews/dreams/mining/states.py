"""The state that digests fold into: their set, in canonical order.

Folding in any order gives the same state, and each pass decodes one digest at a time, so
memory stays small: about a kilobyte per run.
"""

from collections.abc import Iterable, Iterator

from reviews.dreams.mining.digests import Digest, decode, group_of, run_of
from reviews.dreams.mining.thresholds import DEFAULTS


class State:
    """Digests, one per run, in canonical order."""

    def __init__(
        self, documents: Iterable[bytes] = (), most: int = DEFAULTS.runs_kept
    ) -> None:
        by_run: dict[bytes, bytes] = {}
        for document in documents:
            run = run_of(document)
            by_run[run] = max(by_run.get(run, b""), document)
            if len(by_run) > 2 * most:
                by_run = _lowest(by_run, most)
        by_run = _lowest(by_run, most)
        self.documents = tuple(
            sorted(by_run.values(), key=lambda one: (group_of(one), run_of(one)))
        )

    def __or__(self, other: "State") -> "State":
        return State((*self.documents, *other.documents))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.documents == other.documents

    def __hash__(self) -> int:
        return hash(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def digests(self) -> Iterator[Digest]:
        """Each digest, groups together."""
        return map(decode, self.documents)


def _lowest(by_run: dict[bytes, bytes], most: int) -> dict[bytes, bytes]:
    if len(by_run) <= most:
        return by_run
    return {run: by_run[run] for run in sorted(by_run)[:most]}
