"""What a client sends, read in pieces: unzipped on the way, and never too much of it."""

import zlib
from collections.abc import Iterator

from django.http import HttpRequest

from reviews.errors import DomainError

PIECE = 1 << 18
# Of one request, unzipped. A client with more sends several requests.
LARGEST = 256 << 20


class TooLarge(DomainError):
    """That is more than one request may carry."""

    code = "too-large"
    status = 413


class BadEncoding(DomainError):
    """The body is not encoded as its headers say."""

    code = "bad-encoding"
    status = 400


def pieces(request: HttpRequest, *, largest: int = LARGEST) -> Iterator[bytes]:
    """The body, unzipped if it says gzip, refused beyond ``largest`` bytes."""
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        raise BadEncoding(f"Content-Encoding “{encoding}” is not known; gzip is.")
    raw = iter(lambda: request.read(PIECE), b"")
    size = 0
    for piece in _unzipped(raw) if encoding == "gzip" else raw:
        size += len(piece)
        if size > largest:
            raise TooLarge(f"At most {largest >> 20} MB in one request, unzipped.")
        yield piece


def _unzipped(raw: Iterator[bytes]) -> Iterator[bytes]:
    # Output is asked for in pieces too: a small bomb must not become a large string.
    inflate, begun = zlib.decompressobj(zlib.MAX_WBITS | 16), False
    try:
        for piece in raw:
            rest = piece
            while rest:
                begun = True
                yield inflate.decompress(rest, PIECE)
                rest = inflate.unconsumed_tail
                if inflate.eof:
                    rest, begun = inflate.unused_data, False
                    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield inflate.flush()
    except zlib.error as error:
        raise BadEncoding(f"The body says gzip and is not: {error}.") from error
    if begun:
        raise BadEncoding("The gzip body is cut off in the middle.")
