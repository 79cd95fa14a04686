"""Which engines there are, by name."""

from collections.abc import Callable
from typing import cast

from django.utils.module_loading import import_string

from reviews.dreams.engines import Engine
from reviews.dreams.models import Dream
from reviews.errors import DomainError, Invalid

DEFAULT = "offline"

# By dotted path, so that nobody pays for an engine that nobody uses.
ENGINES: dict[str, str] = {
    "offline": "reviews.dreams.engines.offline.Offline",
    "claude": "reviews.dreams.engines.claude.Claude",
    "hosted": "reviews.dreams.engines.hosted.Hosted",
}


class UnknownEngine(Invalid):
    """There is no engine of that name."""

    code = "unknown-engine"


class EngineChanged(DomainError):
    """The engine was updated while the dream was under way."""

    code = "engine-changed"


def get(name: str) -> Engine:
    """The engine of that name, ready to work."""
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise UnknownEngine(
            f"There is no engine “{name}”: choose from {known}.", field="engine"
        )
    make = cast(Callable[[], Engine], import_string(ENGINES[name]))
    return make()


def engine_of(dream: Dream) -> Engine:
    """The engine that a dream froze at its start, or a refusal if it is not that any more."""
    engine = get(dream.engine)
    if engine.version != dream.engine_version:
        raise EngineChanged(
            f"This dream began with {dream.engine}/{dream.engine_version}, and its worker has version "
            f"{engine.version}. Start another one."
        )
    return engine


def evaluator_of(dream: Dream) -> str:
    """What its digests are filed under: another version reads every trace again."""
    filed: str = dream.settings.get("evaluator", "")
    # Dreams of before were their own evaluators.
    return filed or f"{dream.engine}/{dream.engine_version}"
