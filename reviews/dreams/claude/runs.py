"""Which run is whose: group, person and outcome by agent and trace, from the digests.

One pass finds what the cards need and which runs went badly without a sign.
"""

import hashlib
from collections.abc import Iterable

import msgspec

from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.states import State

type Run = tuple[str, str]


class Known(msgspec.Struct, frozen=True):
    """What is known of one run without its steps."""

    agent: str
    trace: str
    group: str
    person: str
    outcome: str
    # Nothing in it failed, stalled, was stopped or broke a linter's rule.
    silent: bool
    # What is opened alike: the stratum of a sample.
    opening: str = ""

    @property
    def run(self) -> Run:
        return self.agent, self.trace

    @property
    def rank(self) -> bytes:
        """Its place in a sample: by hash, so that nobody chooses."""
        return hashlib.blake2b(
            f"{self.agent}\0{self.trace}".encode(), digest_size=8
        ).digest()


class Register:
    """The runs of a state that somebody will ask about."""

    def __init__(
        self,
        state: State,
        wanted: Iterable[Run],
        troubled: frozenset[Run] = frozenset(),
    ) -> None:
        self._known: dict[Run, Known] = {}
        self.bad: list[Known] = []
        self.runs = 0
        looked_for = set(wanted)
        for digest in state.digests():
            self.runs += 1
            run = (digest.agent, digest.trace)
            bad = digest.outcome == "failure" or run in troubled
            if bad or run in looked_for:
                known = _known(digest)
                self._known[run] = known
                if bad:
                    self.bad.append(known)

    def get(self, agent: str, trace: str) -> Known | None:
        """What is known of a run, if it was asked for."""
        return self._known.get((agent, trace))

    def group(self, agent: str, trace: str) -> str:
        """The group of a run; a run that nobody knows is its own."""
        known = self.get(agent, trace)
        return known.group if known else f"{agent}\0{trace}"


def _known(digest: Digest) -> Known:
    silent = not (digest.faults or digest.loops or digest.halts or digest.checks)
    opening = hashlib.blake2b(digest.group.encode(), digest_size=8).hexdigest()
    return Known(
        digest.agent,
        digest.trace,
        digest.group,
        digest.person,
        digest.outcome,
        silent,
        opening,
    )
