"""A file that is being read: its documents, and the files that belong to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reviews.traces.documents import Document, Unreadable


@dataclass
class Source:
    """One file's documents in order, each handed out once."""

    path: Path
    documents: Iterator[Document | Unreadable]
    # Files of subagents, where the format keeps them beside the run.
    companions: list[Path] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The name to report problems under."""
        return str(self.path)

    def __iter__(self) -> Iterator[Document | Unreadable]:
        return self.documents

    def unreadable(self, line: int, reason: str, where: str = "") -> Unreadable:
        """Report something in this file."""
        return Unreadable(self.file, line, reason, where)
