"""What is said in the example: sentences by kind, in ``words/*.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


@cache
def of(name: str, table: str = "") -> Mapping[str, tuple[str, ...]]:
    """Read the sentences of one file, or of one table of it."""
    read = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    chosen = read[table] if table else read
    return {kind: tuple(sentences) for kind, sentences in chosen.items()}
