"""Texts that are hard on a diff: repetition, boilerplate, moves, size."""

import random
import textwrap

BOILER = ["end", "  return", "", "- yes", "```"]
WORDS = ["ask", "refund", "never", "order", "within", "24", "hours", "the", "lead"]


def pairs() -> dict[str, tuple[str, str]]:
    """Old and new text by name; each the same in every run."""
    chance = random.Random(7)
    few = _lines(chance, 20_000, BOILER)
    distinct = [f"rule {n} {chance.random()}" for n in range(3_000)]
    long = [" ".join(chance.choices(BOILER, k=150)) for _ in range(120)]
    paragraphs = [" ".join(chance.choices(WORDS, k=60)) + f" {n}." for n in range(200)]
    one = " ".join(chance.choices(WORDS, k=15_000))
    return {
        "one letter a line": ("a\nb\n" * 25_600, "b\na\n" * 25_000 + "a\n"),
        "five distinct lines, unrelated": _text(few, _lines(chance, 20_000, BOILER)),
        "five distinct lines, edited": _five_distinct(chance),
        "boilerplate blocks, moved": _blocks(chance),
        "5,000 lines, 200 edits": _edits(chance),
        "long lines rewritten": _text(long, [line.replace("end", "END") for line in long]),
        "every line edited": _text(distinct, [line + "!" for line in distinct]),
        "every line moved": _text(distinct, chance.sample(distinct, len(distinct))),
        "short wrapped bullets, all new": (
            "".join(f"- {n} {n % 7}\n  {n % 5}\n" for n in range(3_000)),
            "".join(f"- {n}a {n % 7}b\n  {n % 5}c\n" for n in range(3_000)),
        ),
        "one long line": ("ab " * 34_000, "ba " * 34_000),
        "one paragraph wrapped again": (_wrapped(one, 80), _wrapped(one, 100)),
        "paragraphs wrapped again": (
            "\n".join(_wrapped(text, 80) for text in paragraphs),
            "\n".join(_wrapped(text.replace("24", "4"), 100) for text in paragraphs),
        ),
    }  # fmt: skip


def _text(old: list[str], new: list[str]) -> tuple[str, str]:
    return "\n".join(old) + "\n", "\n".join(new) + "\n"


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width) + "\n"


def _lines(chance: random.Random, count: int, kinds: list[str]) -> list[str]:
    return [chance.choice(kinds) for _ in range(count)]


def _five_distinct(chance: random.Random) -> tuple[str, str]:
    """100 kB of five distinct lines, with 200 places edited."""
    kinds = [f"{letter} " * 10 for letter in "abcde"]
    old = _lines(chance, 5_000, kinds)
    new = list(old)
    for _ in range(200):
        at = chance.randrange(len(new))
        new[at : at + 1] = chance.choice([[], _lines(chance, 2, kinds)])
    return _text(old, new)


def _blocks(chance: random.Random) -> tuple[str, str]:
    """100 kB of blocks that begin and end alike, thirty of them moved."""
    blocks = [
        ["## Step", "", f"- Do {chance.random()} first.", "- Then say so.", "```", ""]
        for _ in range(1_600)
    ]
    moved = list(blocks)
    for _ in range(30):
        moved.insert(
            chance.randrange(len(moved)), moved.pop(chance.randrange(len(moved)))
        )
    return _text([x for b in blocks for x in b], [x for b in moved for x in b])


def _edits(chance: random.Random) -> tuple[str, str]:
    old = [f"- rule {n} says {chance.random()}" for n in range(5_000)]
    new = list(old)
    for n in range(200):
        at = chance.randrange(len(new))
        new[at : at + 1] = chance.choice([[], [f"- new {n}"], [new[at], f"- more {n}"]])
    return _text(old, new)
