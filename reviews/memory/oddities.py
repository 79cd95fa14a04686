"""Characters that cannot be seen, or look like another: found by name, never removed.

What a script needs (the joiners of emoji and of Persian) is told apart from what hides:
only the grave ones are worth an alarm, all of them are worth a chip.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from reviews.memory import lines as texts
from reviews.memory.diffs import Diff
from reviews.memory.marks import Pair

Kind = Literal[
    "invisible", "bidi", "tag", "control", "lookalike",
    "joiner", "space", "trailing", "tab", "return",
]  # fmt: skip
# Nobody sees them; a look-alike is seen, as something else.
HIDDEN = frozenset({"invisible", "bidi", "tag", "control"})
GRAVE = HIDDEN | {"lookalike"}

_ODD = re.compile(
    r"(?P<trailing>[ \t]+(?=\r?$))|(?P<tab>\t+)|(?P<return>\r$)"
    r"|(?P<bidi>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
    r"|(?P<flag>\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067"
    r"|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f)"
    r"|(?P<tag>[\U000e0000-\U000e007f])"
    r"|(?P<space>[\u00a0\u1680\u2000-\u200a\u202f\u205f])"
    r"|(?P<joiner>[\u200c\u200d\ufe0e\ufe0f])"
    r"|(?P<control>[\x00-\x08\x0b-\x1f\x7f-\x9f\ufff9-\ufffb])"
    r"|(?P<invisible>[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028\u2029"
    r"\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0"
    r"\U0001d173-\U0001d17a\U000e0080-\U000e0fff])",
    re.MULTILINE,
)
# A selector may follow these, though they are no symbols by their category.
_KEYCAPS = frozenset("#*0123456789\u203c\u2049\u2139\u3030")
_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
# Scripts that are written with joiners: Arabic and Syriac, Thaana, the Indic ones.
_JOINING = re.compile(r"[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]")

# Letters of Cyrillic, Greek and Armenian, and the Latin ones that they pass for.
_TWIN = dict(zip(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501"
    "\u051b\u051d\u04cf\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421"
    "\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u03b1\u03bd\u03bf\u03c1\u03c5\u03b9\u03ba\u0391\u0392\u0395\u0396\u0397"
    "\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0585\u057d\u0578\u0570",
    "aeopcyxsijhdqwlABEKMHOPCTYXSIJ"
    "avopuikABEZHIKMNOPTYX"
    "ounh",
    strict=True,
))  # fmt: skip
# Letters in costume: of mathematics, and of full width where no such script is around.
_COSTUME = re.compile(r"[\U0001d400-\U0001d7ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_SUSPECT = re.compile(rf"[{''.join(_TWIN)}]|{_COSTUME.pattern}")
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-z]")


class Oddity(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of odd characters: where it is, and what a chip calls it."""

    kind: Kind
    start: int
    end: int
    name: str

    @property
    def grave(self) -> bool:
        """Whether somebody could be deceived by it."""
        return self.kind in GRAVE


def find(text: str) -> tuple[Oddity, ...]:
    """Everything odd in a text, in order."""
    found = [*_unseen(text), *_lookalikes(text)]
    return tuple(sorted(found, key=lambda oddity: oddity.start))


def come(diff: Diff, old: str, new: str) -> tuple[Oddity, ...]:
    """What is odd in the new text and was not there in the old one."""
    a, b = texts.split(old), texts.split(new)
    starts = texts.starts(b)
    return tuple(
        msgspec.structs.replace(
            oddity, start=starts[line] + oddity.start, end=starts[line] + oddity.end
        )
        for line, known in _fresh(diff, a)
        for oddity in beyond(find(b[line]), known)
    )


def beyond(found: Sequence[Oddity], known: str) -> Iterator[Oddity]:
    """The oddities that another text does not have already, or not as often."""
    left = Counter(oddity.name for oddity in find(known)) if found else Counter[str]()
    for oddity in found:
        if left[oddity.name]:
            left[oddity.name] -= 1
        else:
            yield oddity


def name_of(odd: str) -> str:
    """U+200B ZERO WIDTH SPACE."""
    return f"U+{ord(odd):04X} {unicodedata.name(odd, 'control')}"


def _fresh(diff: Diff, a: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Every line of the new text that was not there, with the old text it came from."""
    came_from = {pair.new: a[pair.old] for pair in _pairs(diff)}
    for flow in diff.flows():
        was = "\n".join(a[slice(*flow.old)])
        came_from.update(dict.fromkeys(range(*flow.new), was))
    moved = {move.new + i for move in diff.moves for i in range(move.size)}
    for hunk in diff.hunks:
        # A hunk of a large change may hold lines that did not change.
        all_of_it = "\n".join(a[slice(*hunk.old)]) if diff.large else ""
        for line in range(*hunk.new):
            if line not in moved:
                yield line, came_from.get(line, all_of_it)


def _pairs(diff: Diff) -> Iterator[Pair]:
    yield from diff.pairs()
    yield from diff.edited


def _unseen(text: str) -> Iterator[Oddity]:
    """Characters without a shape of their own."""
    for found in _ODD.finditer(text):
        kind = found.lastgroup or ""
        if kind == "flag":
            continue
        if kind == "joiner":
            kind = _joining(text, found.start())
        if kind:
            yield Oddity(
                kind=kind,  # type: ignore[arg-type]
                start=found.start(),
                end=found.end(),
                name=_name(kind, found[0]),
            )


def _joining(text: str, at: int) -> str:
    """What a joiner or selector is where it stands; empty for a part of an emoji."""
    before = text[max(0, at - 3) : at].rstrip("\ufe0f" + "".join(_SKINS))[-1:]
    after = text[at + 1 : at + 2]
    if text[at] in "\ufe0e\ufe0f":
        return "" if _is_symbol(before) or before in _KEYCAPS else "invisible"
    if _is_symbol(before) and _is_symbol(after):
        return ""
    return "joiner" if _JOINING.match(before) and after.strip() else "invisible"


def _is_symbol(letter: str) -> bool:
    return letter > "\x7f" and unicodedata.category(letter) in {"So", "Sm"}


def _lookalikes(text: str) -> Iterator[Oddity]:
    """Letters of another alphabet among those that they look like."""
    if not _SUSPECT.search(text):
        return
    at = 0
    for line in text.split("\n"):
        if _SUSPECT.search(line):
            yield from _in_line(line, at)
        at += len(line) + 1


def _in_line(line: str, at: int) -> Iterator[Oddity]:
    """The look-alikes of one line that begins at this offset."""
    for word in _WORD.finditer(line):
        for place, letter in enumerate(word[0], start=word.start()):
            plain = _plain(letter, word[0], line)
            if plain:
                yield Oddity(
                    kind="lookalike",
                    start=at + place,
                    end=at + place + 1,
                    name=f"{name_of(letter)}, looks like {plain}",
                )


def _plain(letter: str, word: str, line: str) -> str:
    """The letter that this one would be taken for; empty where it is at home."""
    if _COSTUME.match(letter):
        at_home = letter > "\uff00" and letter < "\uffff" and _WIDE.search(line)
        return "" if at_home else unicodedata.normalize("NFKC", letter)
    if letter not in _TWIN:
        return ""
    if _LATIN.search(word):
        return _TWIN[letter]
    # A whole word of look-alikes, in a line that is otherwise Latin.
    script = unicodedata.name(letter).split()[0]
    foreign = any(
        unicodedata.name(other, "").startswith(script) and other not in _TWIN
        for other in line
    )
    disguised = len(word) > 1 or script != "GREEK"
    return _TWIN[letter] if disguised and not foreign and _LATIN.search(line) else ""


def _name(kind: str, odd: str) -> str:
    """What a chip says."""
    match kind:
        case "trailing":
            return "trailing space" if len(odd) == 1 else "trailing spaces"
        case "tab":
            return "tab"
        case "return":
            return "carriage return"
    return name_of(odd)
