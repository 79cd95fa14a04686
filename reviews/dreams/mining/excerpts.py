"""Words of a trace as they may stand in a sentence of ours: quoted data, in one line, in full view.

A summary is read by agents as well as by people. So what is quoted holds no character that
cannot be seen, no quotation mark that would end the quote, and no orders to a model.
"""

import re
from functools import lru_cache

from reviews.dreams.mining import masking, signals

# Of a long text only its beginning is looked at: a quote is short.
_READ = 1_000
# Words that are looked at for orders, however few are quoted.
_CHECKED = 60
_SPACES = re.compile(r"\s+")
# They are printable by their category, and yet nobody sees them.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_MARKS = str.maketrans(dict.fromkeys('\u201c\u201d\u201e\u201f"`\u00ab\u00bb', "'"))
# A word longer than this is data: a hash, a line of base64.
_LONGEST_WORD = 40
# What finds one person: their run shows it, a summary that others read need not.
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_NUMBER = re.compile(r"\+\d[\d ()-]{7,}\d|\b(?:\d[ -]?){12,18}\d\b")
LEFT_OUT = "(words that give orders to a model are left out)"


def line(text: str) -> str:
    """A text in one line, without what cannot be seen."""
    text = _SPACES.sub(" ", masking.plain(text[:_READ]).replace("\\n", " ")).strip()
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", "".join(one for one in text if one.isprintable()))


def clipped(text: str, words: int) -> str:
    """At most so many words of a line; what was cut is shown by an ellipsis."""
    parts = text.split(" ")
    kept = [
        part if len(part) <= _LONGEST_WORD else f"{part[: _LONGEST_WORD - 1]}…"
        for part in parts[:words]
    ]
    cut = " ".join(kept).rstrip(" ,;:-")
    return f"{cut} …" if len(parts) > words else cut


def quoted(text: str, words: int) -> str:
    """So many words of a text between quotation marks; orders to a model are left out."""
    said = _harmless(text[:_READ])
    return LEFT_OUT if said is None else f"\u201c{clipped(said, words)}\u201d"


def closed(sentence: str) -> str:
    """A sentence with its full stop, unless a quote ends it with one of its own."""
    stops = (".\u201d", "?\u201d", "!\u201d", "\u2026\u201d", ".", ")")
    return sentence if sentence.endswith(stops) else f"{sentence}."


@lru_cache(maxsize=64)
def _harmless(text: str) -> str | None:
    """A text as it may be quoted; nothing where it gives orders, also beyond the cut."""
    said = clipped(line(text), _CHECKED)
    if signals.gives_orders(said):
        return None
    if "@" in said:
        said = _MAIL.sub("[mail]", said)
    return _NUMBER.sub("[number]", said).translate(_MARKS)


@lru_cache(maxsize=1_024)
def name(text: str, most: int = 40) -> str:
    """A name that a trace brings along (a tool, a person, an argument), fit for a sentence."""
    bare = line(text).translate(_MARKS).replace("'", "")
    bare = bare[:most].strip()
    return "something" if not bare or signals.gives_orders(bare) else bare


def code(text: str) -> str:
    """Such a name as code."""
    return f"`{name(text)}`"
