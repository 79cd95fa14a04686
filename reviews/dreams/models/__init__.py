"""The offline pass: dreams, what each trace came to, what was asked of models."""

from reviews.dreams.models.asking import Batch, Budget, Completion, Price
from reviews.dreams.models.dreams import Dream, Finding, Schedule, Shard
from reviews.dreams.models.hosted import HostedDream, HostedMemory, HostedStore
from reviews.dreams.models.patterns import Pattern
from reviews.dreams.models.replays import Replay
from reviews.dreams.models.traces import Digest, Episode, Signal

__all__ = [
    "Batch",
    "Budget",
    "Completion",
    "Digest",
    "Dream",
    "Episode",
    "Finding",
    "HostedDream",
    "HostedMemory",
    "HostedStore",
    "Pattern",
    "Price",
    "Replay",
    "Schedule",
    "Shard",
    "Signal",
]
