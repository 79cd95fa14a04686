"""What a message that came back says: why it stopped first, then whether it has the shape."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pydantic

from reviews.dreams.asking.wires import clean
from reviews.dreams.engines import Answer

_PROBLEMS = {
    "refusal": "The model refused to answer.",
    "max_tokens": "The answer was cut off: it was longer than it may be.",
    "model_context_window_exceeded": "Question and answer together were too long for the model.",
}
_LONGEST = 300
# The one escape that JSON has and a database has not.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def read(message: Mapping[str, Any], shape: type[pydantic.BaseModel]) -> Answer:
    """Turn a message into an answer; a cut, refused or misshapen one has no value."""
    stop = stop_of(message)
    if stop in _PROBLEMS:
        return Answer(stop=stop, problem=_PROBLEMS[stop] + _details(message))
    try:
        value = shape.model_validate_json(_NUL.sub(r"\1", text_of(message)))
    except pydantic.ValidationError as error:
        return Answer(stop="malformed", problem=_misshapen(error))
    return Answer(value=value, stop=stop or "end_turn")


def stop_of(message: Mapping[str, Any]) -> str:
    """Why it ends, by the API's word for that."""
    stop = message.get("stop_reason")
    return stop if isinstance(stop, str) else ""


def text_of(message: Mapping[str, Any]) -> str:
    """Everything that it says in words; what it thought aloud is left out."""
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    blocks = [b for b in blocks if isinstance(b, Mapping)]
    return "".join(str(b.get("text", "")) for b in blocks if b.get("type") == "text")


def kept(value: Any) -> Any:
    """What came back as it is stored: whole, but for secrets that a model repeats."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [kept(one) for one in value]
    if isinstance(value, dict):
        return {clean(str(name)): kept(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _details(message: Mapping[str, Any]) -> str:
    details = message.get("stop_details")
    details = details if isinstance(details, Mapping) else {}
    said = details.get("explanation") or details.get("category") or ""
    return f" It says: {said}"[:_LONGEST] if said else ""


def _misshapen(error: pydantic.ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole"
    said = f"The answer has not the shape that was asked for: {where}: {first['msg']}."
    return said[:_LONGEST]
