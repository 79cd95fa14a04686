"""What went wrong with a request to Anthropic, in words, and whether it may be sent again."""

import json
import time
from dataclasses import dataclass, replace
from email.utils import mktime_tz, parsedate_tz
from typing import Literal

import anthropic
import httpx2

from reviews.dreams.asking.wires import clean

# busy: later. denied: the key. rejected: this request, for good.
Kind = Literal["busy", "denied", "rejected"]

_SENTENCES = {
    401: "Anthropic does not know this key (401). Check it in the environment or its file.",
    402: "Anthropic asks for payment (402): look at the billing of the key's organization.",
    403: "This key may not do that (403): {said}",
    404: "Anthropic does not know what was asked for (404): {said}",
    408: "Anthropic did not get the whole question in time (408).",
    409: "Anthropic was changing the same thing at that moment (409).",
    413: "The question is too long for Anthropic's API (413).",
    429: "Anthropic's rate limit is reached (429).",
    529: "Anthropic's machines are overloaded (529).",
}
_LONGEST = 300


# What the SDK raises, what it lets through, and what comes of an answer that is none.
FAILING: tuple[type[Exception], ...] = (
    anthropic.AnthropicError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)


class Unreadable(ValueError):
    """An answer that came whole and is none."""


_UNREADABLE = (
    Unreadable,
    json.JSONDecodeError,
    UnicodeDecodeError,
    AttributeError,
    RecursionError,
)


@dataclass(frozen=True)
class Failure:
    """Why there is no answer."""

    kind: Kind
    sentence: str
    # How long the other side asks us to wait, in seconds.
    wait: float = 0.0
    # It may have been answered, and paid, all the same: nobody knows.
    maybe_paid: bool = False
    request_id: str = ""
    # Of the answer that said so; 0 without one.
    status: int = 0


UNREADABLE = Failure(
    "rejected", "Anthropic's answer could not be read.", maybe_paid=True
)


def why_unreadable(error: Exception) -> str:
    """What an answer is instead of one, in words; nothing of what it says."""
    if isinstance(error, json.JSONDecodeError):
        return "it is no JSON"
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return "it has another shape than the API's, as a page of a proxy has"


def failure_of(error: Exception) -> Failure:
    """Sort an error of the SDK; anything else it raises is about our own request."""
    if isinstance(error, anthropic.APIStatusError):
        return _of_status(error)
    if isinstance(error, anthropic.APIConnectionError):
        return _of_connection(error)
    if isinstance(error, _UNREADABLE):
        said = UNREADABLE.sentence.removesuffix(".")
        return replace(UNREADABLE, sentence=f"{said}: {why_unreadable(error)}.")
    said = f"{type(error).__name__}: {error}"[:_LONGEST]
    return Failure("rejected", f"The question could not be sent. {said}")


def _of_status(error: anthropic.APIStatusError) -> Failure:
    status = error.status_code
    said = clean(error.api_message or "it did not say why")[:_LONGEST]
    other = (
        "Anthropic had an error of its own ({status})."
        if status >= 500
        else ("Anthropic refused the request ({status}): {said}")
    )
    sentence = _SENTENCES.get(status, other).format(status=status, said=said)
    kind: Kind = "rejected"
    if status in (401, 402, 403):
        kind = "denied"
    elif status in (408, 409, 429) or status >= 500:
        kind = "busy"
    return Failure(
        kind,
        sentence,
        wait=_asked_to_wait(error.response.headers),
        maybe_paid=status == 504,
        request_id=error.request_id or "",
        status=status,
    )


def _of_connection(error: anthropic.APIConnectionError) -> Failure:
    never_sent = isinstance(
        error.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout)
    )
    if never_sent:
        sentence = "Anthropic's API cannot be reached from here."
    elif isinstance(error, anthropic.APITimeoutError):
        sentence = "Anthropic did not answer in time."
    else:
        sentence = "The connection to Anthropic broke before the answer was there."
    return Failure("busy", sentence, maybe_paid=not never_sent)


def _asked_to_wait(headers: httpx2.Headers) -> float:
    said = headers.get("retry-after", "")
    try:
        seconds = float(said)
    except ValueError:
        date = parsedate_tz(said)
        seconds = mktime_tz(date) - time.time() if date else 0.0
    return min(max(seconds, 0.0), 24 * 3600.0)
