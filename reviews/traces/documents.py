"""Streams of JSON, cut into documents without reading them whole.

A file is one value, an array, or a value a line (NDJSON). What cannot be read is
reported with its line and its reason, and the rest is kept. Memory is bounded by the
largest document, and that by a limit.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

CHUNK = 1 << 20
LARGEST = 64 << 20
_HEAD = 64 << 10
# A string as one token, so that braces within it are not seen; a bare quote is a string
# that the buffer cuts off. Possessive, thus linear on hostile text.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[\[\]{}]', re.DOTALL)
_OPENING, _CLOSING = (b"{", b"["), (b"}", b"]")
_BLANK = b" \t\r\n,"
_BOM = b"\xef\xbb\xbf"


class Document(msgspec.Struct, frozen=True):
    """One JSON value, not decoded yet, and the line where it starts."""

    line: int
    raw: bytes


class Unreadable(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was not understood, and where it stands."""

    file: str
    line: int
    reason: str
    field: str = ""
    # Nothing is lost by it: the file holds no run at all (only bookkeeping).
    empty: bool = False


def chunks_of(path: Path) -> Iterator[bytes]:
    """Read a file piece by piece; gzip is transparent, recognised by its content."""
    with path.open("rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        source = gzip.GzipFile(fileobj=plain) if zipped else plain
        # read1 hands out what there is, so that a damaged end costs only the end.
        while chunk := source.read1(CHUNK):
            yield chunk


def documents(
    chunks: Iterable[bytes], *, file: str = "", largest: int = LARGEST
) -> Iterator[Document | Unreadable]:
    """Cut a stream into its JSON values, whatever way they are laid out."""
    stream = guarded(iter(chunks), file)
    head, failures = _head(stream)
    rest = chain([head], failures, stream)
    if _is_value_per_line(head):
        yield from _lines(rest, file, largest)
    else:
        yield from _values(rest, file, largest)


def several(raw: bytes) -> list[bytes]:
    """Cut a line on which values were run together; fewer than two mean it is broken."""
    found = [part for part in _values([raw], "", LARGEST) if isinstance(part, Document)]
    return [part.raw for part in found] if len(found) > 1 else []


def decode(raw: bytes) -> Any:
    """Decode one document; halves of surrogate pairs become U+FFFD.

    Raises ValueError with a sentence about what is wrong.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return msgspec.json.decode(mended(raw, error))


def mended(raw: bytes, error: Exception) -> bytes:
    """Rewrite a document whose only fault is half a surrogate pair, else refuse it."""
    if rb"\ud" not in raw.lower():
        raise ValueError(sentence(error)) from error
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False)
    except (ValueError, RecursionError) as worse:
        raise ValueError(sentence(error)) from worse
    # Three bytes of a lone half become three marks; a whole pair never gets here.
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()


def sentence(error: Exception) -> str:
    """Say what a decoder did not like, in words for the person who sent it."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    text = str(error).removeprefix("JSON is malformed: ")
    return "cut off in the middle" if text == "Input data was truncated" else text


def guarded(stream: Iterator[bytes], file: str) -> Iterator[bytes | Unreadable]:
    """Turn a damaged stream into an entry at its end, so that its beginning counts."""
    try:
        yield from stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Unreadable(file, 0, f"the compressed data is damaged: {error}")
    except OSError as error:
        yield Unreadable(file, 0, f"cannot be read: {error.strerror or error}")


def _head(stream: Iterator[bytes | Unreadable]) -> tuple[bytes, list[Unreadable]]:
    """Read enough to tell the layout by, however small the pieces; and what failed."""
    pieces: list[bytes] = []
    failures: list[Unreadable] = []
    size = 0
    for piece in stream:
        if isinstance(piece, Unreadable):
            failures.append(piece)
            break
        pieces.append(piece)
        size += len(piece)
        if size >= _HEAD:
            break
    return b"".join(pieces).removeprefix(_BOM), failures


def _is_value_per_line(head: bytes) -> bool:
    """Tell NDJSON from values that are spread over lines, by its first lines."""
    lines = head.lstrip().split(b"\n", 20)
    if head.lstrip()[:1] != b"{" or b"{" in (line.rstrip() for line in lines):
        return False
    whole = lines[:-1] if len(lines) > 1 else lines
    # What is indented stands within a value; a first line may be the broken one.
    return any(_closes(line) for line in whole if line[:1] == b"{")


def _closes(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (ValueError, RecursionError):
        return bool(several(line))


def _lines(
    stream: Iterable[bytes | Unreadable], file: str, largest: int
) -> Iterator[Document | Unreadable]:
    held: list[bytes] = []
    number, size, skipping = 1, 0, False
    for piece in stream:
        if isinstance(piece, Unreadable):
            yield Unreadable(file, number, piece.reason)
            continue
        *ended, rest = piece.split(b"\n")
        for line in ended:
            raw = b"".join([*held, line]).strip() if held else line.strip()
            if raw and not skipping:
                fits = len(raw) <= largest
                yield (
                    Document(number, raw) if fits else _too_large(file, number, largest)
                )
            held, size, skipping = [], 0, False
            number += 1
        if skipping or not rest:
            continue
        held.append(rest)
        size += len(rest)
        if size > largest:
            yield _too_large(file, number, largest)
            held, size, skipping = [], 0, True
    if raw := b"".join(held).strip():
        yield Document(number, raw)


def _values(
    stream: Iterable[bytes | Unreadable], file: str, largest: int
) -> Iterator[Document | Unreadable]:
    """Find values by their braces: the elements of one array, or values in a row."""
    cutter = _Cutter(file, largest)
    for piece in stream:
        if isinstance(piece, Unreadable):
            yield Unreadable(file, cutter.line, piece.reason)
            continue
        yield from cutter.feed(piece)
        if cutter.given_up:
            return
    yield from cutter.end()


class _Cutter:
    """Cuts a buffer at its outermost braces, as far as it has arrived."""

    def __init__(self, file: str, largest: int) -> None:
        self.file, self.largest = file, largest
        self.buffer = b""
        self.arrived: list[bytes] = []
        self.waiting = 0
        # Looked at up to here; the current value starts here; depth there, and the
        # depth at which values stand: 1 within an array.
        self.seen = self.start = self.depth = self.base = 0
        self.begun = self.given_up = False
        self.line, self.counted = 1, 0

    def feed(self, piece: bytes) -> Iterator[Document | Unreadable]:
        """Take a piece and hand out the values that it completes."""
        # A long value is looked at again only once it has doubled: linear in the end.
        self.arrived.append(piece)
        self.waiting += len(piece)
        if self.waiting < len(self.buffer):
            return
        yield from self._scan()
        if len(self.buffer) > self.largest:
            yield _too_large(self.file, self.line, self.largest)
            self.given_up = True

    def end(self) -> Iterator[Document | Unreadable]:
        """Hand out what is left, and say so if it is no whole value."""
        yield from self._scan()
        if self.depth:
            yield Unreadable(self.file, self._line_at(0), "cut off in the middle")
        else:
            yield from self._stray(len(self.buffer))

    def _scan(self) -> Iterator[Document | Unreadable]:
        self.buffer += b"".join(self.arrived)
        self.arrived, self.waiting = [], 0
        if not self.begun and (first := self.buffer.lstrip()[:1]):
            self.begun, self.base = True, int(first == b"[")
        for token in _TOKEN.finditer(self.buffer, self.seen):
            mark = token[0]
            if mark == b'"':
                break
            self.seen = token.end()
            if mark in _OPENING:
                yield from self._open(token.start())
            elif mark in _CLOSING:
                yield from self._close()
        self._forget()

    def _open(self, position: int) -> Iterator[Unreadable]:
        if self.depth == self.base:
            yield from self._stray(position)
            self.start = position
        self.depth += 1
        if self.depth == self.base:
            self.start = self.seen

    def _close(self) -> Iterator[Document | Unreadable]:
        self.depth -= 1
        if self.depth == self.base:
            line, raw = self._line_at(self.start), self.buffer[self.start : self.seen]
            fits = len(raw) <= self.largest
            yield (
                Document(line, raw)
                if fits
                else _too_large(self.file, line, self.largest)
            )
            self.start = self.seen
        elif self.depth < self.base:
            # The array ends here; whatever follows stands on its own.
            yield from self._stray(self.seen - 1)
            self.start, self.depth, self.base = self.seen, 0, 0

    def _stray(self, until: int) -> Iterator[Unreadable]:
        """Report what stands between two values and is none."""
        between = self.buffer[self.start : until].strip(_BLANK)
        if between:
            words = between[:40].decode("utf-8", "replace")
            line = self._line_at(self.start)
            yield Unreadable(self.file, line, f"not an object: {words}")

    def _line_at(self, position: int) -> int:
        if position > self.counted:
            self.line += self.buffer.count(b"\n", self.counted, position)
            self.counted = position
        return self.line

    def _forget(self) -> None:
        """Drop what was handed out."""
        self._line_at(self.start)
        self.buffer = self.buffer[self.start :]
        self.seen -= self.start
        self.start = self.counted = 0


def _too_large(file: str, line: int, largest: int) -> Unreadable:
    return Unreadable(file, line, f"larger than {largest >> 20} MB")
