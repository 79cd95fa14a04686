"""What a rule costs for as long as it stands: tokens that every run reads again; pure.

A rule is read by every run that loads its memory, whether it helps that run or not.
"""

from decimal import Decimal

import msgspec

# Days that readings are counted over, and what a month is made of.
DAYS = 7
_MONTH = 30
_MILLION = Decimal(1_000_000)


class Rent(msgspec.Struct, frozen=True, kw_only=True):
    """The running cost of a change: what it adds to every run, how often, at what price."""

    # Tokens that memory grows by; fewer than none where it shrinks.
    tokens: int
    # Runs that read the store within ``DAYS``, and whether they said so themselves.
    runs: int
    told: bool
    # The store's budget of tokens.
    budget: int
    model: str
    # US dollars per million tokens that go in; None where nobody knows.
    price: Decimal | None = None

    @property
    def runs_a_day(self) -> float:
        """How many runs read it on an average day."""
        return self.runs / DAYS

    @property
    def tokens_a_day(self) -> int:
        """Tokens that are read again and again, each day."""
        return round(self.tokens * self.runs_a_day)

    @property
    def dollars_a_month(self) -> Decimal | None:
        """What that comes to in a month, without any cache."""
        if self.price is None:
            return None
        read = Decimal(self.tokens) * self.runs * _MONTH / DAYS
        return read * self.price / _MILLION

    @property
    def share(self) -> float:
        """How much of the store's budget of tokens it takes, in percent."""
        return 100 * self.tokens / self.budget if self.budget else 0.0
