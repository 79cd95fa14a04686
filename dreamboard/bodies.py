"""Request bodies of unknown length, measured before Django sees them.

A client that streams (``curl -T -``, a pipe through gzip) sends its body in chunks and no
``Content-Length``; Django would take that for an empty body and lose it without a word.
"""

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

type Environ = dict[str, Any]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_PIECE = 1 << 16
_IN_MEMORY = 1 << 20
# More than any view takes; without it a client could fill the disk.
LARGEST = 256 << 20


def measured(application: Application) -> Application:
    """A WSGI application whose every body has a length."""

    def measuring(
        environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not _is_chunked(environ):
            return application(environ, start_response)
        # Small ones stay in memory, large ones go through a file; both end with us.
        with SpooledTemporaryFile(_IN_MEMORY) as body:
            length = _copy(environ["wsgi.input"], body)
            if length > LARGEST:
                return _too_large(start_response)
            body.seek(0)
            return application(
                environ | {"wsgi.input": body, "CONTENT_LENGTH": str(length)},
                start_response,
            )

    return measuring


def _is_chunked(environ: Environ) -> bool:
    coding = environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    return coding.endswith("chunked") and bool(environ.get("wsgi.input_terminated"))


def _copy(source: Any, target: Any) -> int:
    length = 0
    while length <= LARGEST and (piece := source.read(_PIECE)):
        length += target.write(piece)
    return length


def _too_large(start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("413 Content Too Large", [("Content-Type", "text/plain")])
    return [f"At most {LARGEST >> 20} MB in one request.\n".encode()]
