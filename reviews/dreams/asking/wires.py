"""A question as it goes over the wire: nothing in it that may not leave, and its size."""

import functools
import hashlib
import string
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import anthropic
import pydantic

from reviews.audit.ledger import canonical
from reviews.dreams.asking import rates
from reviews.dreams.asking.rates import Rate
from reviews.dreams.engines import Question
from reviews.traces import redaction

# Beyond this the SDK wants to stream.
_LONGEST_ANSWER = 21_000
# Frames, roles and what the API adds to have an answer of a given shape.
_AROUND = 600
_LETTERS = f"{string.ascii_letters} \n\t".encode()


@dataclass(frozen=True)
class Wire:
    """What is sent, and stored: the same words."""

    body: dict[str, Any]
    # Of everything that decides the answer.
    sha256: str
    # Of the words that are the same for every question of its purpose.
    prompt_sha256: str
    # Tokens at most: of what may be cached, and of the rest.
    cached: int
    prompt: int

    def ceiling(self, rate: Rate, *, batch: bool) -> Decimal:
        """What it can cost at most, in US dollars."""
        return rates.ceiling(
            rate,
            cached=self.cached,
            prompt=self.prompt,
            most=self.body["max_tokens"],
            batch=batch,
        )


def wire_of(question: Question, model: str) -> Wire:
    """Write a question down for a model; secrets that are left in it stay here."""
    system, cached = _prepared(question.system)
    user = clean(question.user)
    schema = schema_of(question.shape)
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": min(question.max_tokens, _LONGEST_ANSWER),
        "messages": [{"role": "user", "content": user}],
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    }
    if system:
        blocks: list[dict[str, Any]] = [
            {"type": "text", "text": text} for text in system
        ]
        # A batch outlives the usual five minutes.
        blocks[-1]["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
        body["system"] = blocks
    return Wire(
        body,
        sha256=_sha256(canonical(body)),
        prompt_sha256=_sha256(canonical([system, schema])),
        cached=cached,
        prompt=tokens(user) + tokens(canonical(schema)) + _AROUND,
    )


@functools.lru_cache(maxsize=64)
def _prepared(system: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """What hundreds of questions have in common, and its size: worked out once."""
    cleaned = tuple(clean(text) for text in system if text.strip())
    return cleaned, sum(map(tokens, cleaned))


@functools.lru_cache(maxsize=64)
def schema_of(shape: type[pydantic.BaseModel]) -> dict[str, Any]:
    """The shape as the API takes it: what it cannot enforce is said in words."""
    return anthropic.transform_schema(shape)


def clean(text: str) -> str:
    """Without secrets, and without what neither JSON nor a database holds."""
    plain = text.replace("\0", "").encode("utf-8", "replace").decode()
    return redaction.redact(plain, Counter())


def tokens(text: str) -> int:
    """So many tokens at most, for all but hostile text: words are longer than signs."""
    plain = text.encode("ascii", "ignore")
    signs = len(plain.translate(None, _LETTERS))
    letters, wide = len(plain) - signs, len(text) - len(plain)
    return int(letters / 3.3 + signs / 1.6 + wide * 1.6) + 1


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
