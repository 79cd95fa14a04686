"""Real instruction files, every version that people made of them, where they are."""

import gzip
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "memory-histories"
HISTORIES = sorted(FOLDER.glob("*.jsonl.gz"))

NEEDED = [
    pytest.mark.shared,
    pytest.mark.skipif(not HISTORIES, reason="the real histories are not here"),
]


def name(file: Path) -> str:
    return file.name.removesuffix(".jsonl.gz")


def load(file: Path) -> list[dict]:
    with gzip.open(file, "rt") as lines:
        return [json.loads(line) for line in lines]


def contents(file: Path) -> list[str]:
    """Every state of the file, empty where it was not there."""
    return [step["content"] or "" for step in load(file)]
