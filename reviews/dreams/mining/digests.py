"""The digest: everything about one trace that extraction will ever ask, and nothing more.

Texts are kept once, in a table; the rest are numbers into it. A head of fixed size (layout,
group, trace) lets a state sort digests by group without reading them. What a later
evaluator adds goes to the end, under a new ``LAYOUT``.
"""

import hashlib
import zlib

import msgspec

LAYOUT = 4
_HEAD = 17  # one byte of layout, eight of group, eight of trace
_COMPRESS_FROM = 1_500


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A range of a step's text, and the hash of what stands there."""

    step: int
    start: int
    end: int
    sha: bytes
    # "t" tool, "w" web, "a" agent, "p" person, "o" operator.
    voice: str = "t"


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One call under one name, in order: what it was given and how it ended."""

    tool: int
    # Position in ``faults``, or -1 for a good call.
    fault: int
    # Its argument names, comma-separated.
    given: int
    features: tuple[int, ...]


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """One failed call: what the tool said, and how the agent got out."""

    tool: int
    template: int
    # (kind, value) pairs that masking took out.
    slots: tuple[tuple[int, int], ...]
    answer: Span
    call: Span
    transient: bool
    # Calls until the tool worked again; 0 for never.
    distance: int = 0
    changes: tuple[int, ...] = ()
    between: tuple[int, ...] = ()
    fix: Span | None = None
    # The very same call failed again soon after.
    blind: bool = False
    # Its answer names linter rules: they speak for it.
    checked: bool = False
    # Its words give orders to a model: nothing of it may be learnt.
    suspicious: bool = False


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A good call worth quoting: the first of its tool, by row."""

    row: int
    span: Span


class Loop(msgspec.Struct, frozen=True, array_like=True):
    """The same call with the same answer, again and again."""

    tool: int
    times: int
    failing: bool
    # The last of the calls, and what it was answered.
    call: Span
    answer: Span


class Halt(msgspec.Struct, frozen=True, array_like=True):
    """A person stopped a call; ``reason`` is empty where they did not say why."""

    tool: int
    reason: int
    said: Span


class Check(msgspec.Struct, frozen=True, array_like=True):
    """A linter rule that new code broke."""

    rule: int
    template: int
    tool: int
    said: Span


class Saying(msgspec.Struct, frozen=True, array_like=True):
    """A sentence in which a person may be asking for a habit."""

    text: int
    # The stems that it is about, in order, as one text.
    key: int
    span: Span
    # Meant for good, not for this once.
    standing: bool
    # 1 wants it, -1 does not want it, 0 says both.
    wants: int = 1
    # Stems behind a negation.
    not_wanted: tuple[int, ...] = ()


class Obsolete(msgspec.Struct, frozen=True, array_like=True):
    """A person says of a named thing that it is no more."""

    name: int
    text: int
    span: Span


class Remark(msgspec.Struct, frozen=True, array_like=True):
    """A person finds fault with the agent's work, or takes it back."""

    # The class of the fault, else "correction", "rephrase" or "undo".
    kind: int
    text: int
    # The stems that it is about, in order, as one text.
    key: int
    # The tool that was called last before it; empty for none.
    tool: int
    span: Span


class Lack(msgspec.Struct, frozen=True, array_like=True):
    """A person does not have something, or the agent says that it cannot get at it.

    Whose words they are, the span's voice tells.
    """

    text: int
    # How many rows came before it.
    row: int
    span: Span


class Whose(msgspec.Struct, frozen=True, array_like=True):
    """Whose a run is, when it was and how it ended: how every digest begins."""

    trace: str
    agent: str
    group: str
    person: str
    outcome: str
    day: str


class Worded(Whose, frozen=True, array_like=True):
    """A run with the words that the rest of its digest is numbers into."""

    words: tuple[str, ...]


class Digest(Worded, frozen=True, array_like=True):
    """One trace, digested."""

    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    samples: tuple[Sample, ...] = ()
    loops: tuple[Loop, ...] = ()
    halts: tuple[Halt, ...] = ()
    checks: tuple[Check, ...] = ()
    # Calls, calls with an answer, faults with a signature, steps.
    coverage: tuple[int, int, int, int] = (0, 0, 0, 0)
    sayings: tuple[Saying, ...] = ()
    obsolete: tuple[Obsolete, ...] = ()
    remarks: tuple[Remark, ...] = ()
    lacks: tuple[Lack, ...] = ()
    # (argument, tool): a good call had the argument's value from an answer of that tool.
    sources: tuple[tuple[int, int], ...] = ()
    # (tool, names): names of more than one word in the tool's good answers, as one text.
    answers: tuple[tuple[int, int], ...] = ()
    # (store, version): what of memory the run read.
    read: tuple[tuple[str, int], ...] = ()
    # The name of the call in each row, one behind the other.
    calls: bytes = b""


class Brief(Worded, frozen=True, array_like=True):
    """A digest as it is read when the calls of most runs are known: with rows only on demand."""

    packed: msgspec.Raw
    faults: tuple[Fault, ...]
    samples: msgspec.Raw
    loops: tuple[Loop, ...]
    halts: tuple[Halt, ...]
    checks: tuple[Check, ...]
    coverage: tuple[int, int, int, int]
    sayings: tuple[Saying, ...]
    obsolete: tuple[Obsolete, ...]
    remarks: tuple[Remark, ...]
    lacks: tuple[Lack, ...]
    sources: tuple[tuple[int, int], ...]
    answers: tuple[tuple[int, int], ...]
    read: msgspec.Raw
    calls: bytes

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its rows, decoded each time."""
        return _rows.decode(self.packed)


class Sampled(Whose, frozen=True, array_like=True):
    """A digest of which only whose it is and what can be quoted of it is read."""

    words: msgspec.Raw
    rows: msgspec.Raw
    faults: msgspec.Raw
    samples: tuple[Sample, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Digest)
_briefs = msgspec.msgpack.Decoder(Brief)
_samples = msgspec.msgpack.Decoder(Sampled)
_rows = msgspec.msgpack.Decoder(tuple[Row, ...])


def encode(digest: Digest) -> bytes:
    """The bytes that are stored for a trace."""
    body = _encoder.encode(digest)
    packed = len(body) > _COMPRESS_FROM
    body = b"z" + zlib.compress(body, 6) if packed else b"p" + body
    run = rank_of(digest.agent, digest.trace)
    return bytes([LAYOUT]) + _short(digest.group) + run + body


def decode(document: bytes) -> Digest:
    """The digest that was stored."""
    return _decoder.decode(_body(document))


def brief_of(document: bytes) -> Brief:
    """The same without its rows, in half the time."""
    return _briefs.decode(_body(document))


def samples_of(document: bytes) -> Sampled:
    """What can be quoted of its good calls, in a third of the time."""
    return _samples.decode(_body(document))


def _body(document: bytes) -> bytes:
    if document[:1] != bytes([LAYOUT]):
        raise ValueError(f"This digest has layout {document[:1]!r}, not {LAYOUT}.")
    body = document[_HEAD + 1 :]
    return zlib.decompress(body) if document[_HEAD : _HEAD + 1] == b"z" else body


def unpacked(document: bytes) -> bytes:
    """The same digest, quicker to decode and larger."""
    if document[_HEAD : _HEAD + 1] != b"z":
        return document
    return document[:_HEAD] + b"p" + zlib.decompress(document[_HEAD + 1 :])


def run_of(document: bytes) -> bytes:
    """What tells one trace from another, without decoding; also its rank in a sample."""
    return document[9:_HEAD]


def rank_of(agent: str, trace: str) -> bytes:
    """The same, from names."""
    return _short(f"{agent}\0{trace}")


def group_of(document: bytes) -> bytes:
    """What tells one group from another, without decoding."""
    return document[1:9]


def _short(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
