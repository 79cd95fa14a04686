"""The shapes that programs get, as the OpenAPI document names them."""

from datetime import datetime

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
