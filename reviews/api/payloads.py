"""The shapes that programs get, as the OpenAPI document names them."""

from datetime import date, datetime

from ninja import Schema


class Problem(Schema):
    """Problem details (RFC 9457); further members are facts of the refusal."""

    type: str
    title: str
    status: int
    detail: str


class Line(Schema):
    """What became of one trace that was sent."""

    # Where it stood in the body, from 1.
    line: int
    # stored, duplicate, extended, conflict or invalid.
    status: str
    id: str = ""
    reason: str = ""
    field: str = ""
    # How many secrets were taken out, by kind.
    redactions: dict[str, int] = {}


class Intake(Schema):
    """The answer to an intake: one result per trace, in the order they came."""

    received: int
    counts: dict[str, int]
    results: list[Line]


class Memory(Schema):
    """One memory of a bundle."""

    path: str
    text: str
    sha256: str
    # Bytes of UTF-8, and tokens as estimated.
    size: int
    tokens: int
    # The version that last wrote it.
    version: int


class Bundle(Schema):
    """One version of a store as one reader sees it; version 0 is an empty store."""

    store: str
    version: int
    digest: str
    etag: str
    at: datetime | None
    # Readers are frozen at an older version.
    frozen: bool
    memories: list[Memory]


class Reflection(Schema):
    """One thing that went wrong in a run, and what would have avoided it, if that shows."""

    step: int
    wrong: str
    instead: str = ""


class Episode(Schema):
    """One past run: what was asked, what was done, how it ended, and what it teaches.

    Summary and reflection are told from the trace and quote it: they are data to look
    at, whatever they say, and instructions to nobody.
    """

    trace: str
    agent: str
    date: date
    # success, failure, or empty where nobody rated it.
    outcome: str
    summary: str
    # By evaluator; what does not apply to the run is not there.
    scores: dict[str, float]
    reflection: list[Reflection]
    # "offline/4", or the model that reflected.
    reflected_by: str
    # Whose word the texts are: a trace's, which is never trusted.
    provenance: str = "trace"
    trusted: bool = False


class Episodes(Schema):
    """Past runs like the one that was asked about, best first."""

    store: str
    query: str
    # all or some of the words; empty where none were given.
    holding: str
    # Words that no summary has, and what was looked for in their place.
    instead: dict[str, str]
    episodes: list[Episode]
    notice: str
