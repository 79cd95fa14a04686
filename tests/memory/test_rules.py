import json
import time

import pytest
from hypothesis import given

from reviews.memory import lines as texts
from reviews.memory import rules
from tests.memory.documents import texts as documents

NESTED = """\
# Refunds

When a customer asks:
- Look up the order.
  Never guess its number.
  - In the old system too.

  ```bash
  orders find

  # not a heading
  ```
- Say when the money comes.

## Limits
| amount | who |
| --- | --- |
| > 100 | a lead |

```
- not a bullet
```
---
The end
of it.
"""


def test_a_memory_is_its_bullets_and_what_stands_between_them():
    split = rules.split(NESTED)

    assert [(rule.kind, rule.start, rule.end) for rule in split] == [
        ("paragraph", 2, 3),
        ("bullet", 3, 12),
        ("bullet", 12, 13),
        ("table", 15, 18),
        ("code", 19, 22),
        ("paragraph", 23, 25),
    ]
    assert split[1].text == (
        "Look up the order.\nNever guess its number.\n- In the old system too.\n\n"
        "```bash\norders find\n\n# not a heading\n```"
    )
    assert {rule.heading for rule in split[3:]} == {("Refunds", "Limits")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Loose lists: blank lines between bullets, and inside one.
        ("- a\n\n  more\n\n- b\n", ["a\n\nmore", "b"]),
        # Numbers, stars, check boxes.
        ("1. a\n2) b\n* c\n+ [ ] d\n", ["a", "b", "c", "[ ] d"]),
        # A lazy continuation belongs to its bullet, after a blank line it does not.
        ("- a\nb\n\nc\n", ["a\nb", "c"]),
        # No bullets at all: paragraphs.
        ("a\nb\n\nc\n", ["a\nb", "c"]),
        # Indented a little, still side by side; indented enough, nested.
        (" - a\n - b\n   - c\n", ["a", "b\n- c"]),
        # Emphasis is no bullet, neither is a divider.
        ("**a** b\n\n* * *\n-c\n", ["**a** b", "-c"]),
        # An underlined heading is one.
        ("Title\n=====\ntext\n\nSub\n---\nmore\n", ["text", "more"]),
        # Front matter is kept together.
        ("---\nname: x\n---\n\n- a\n", ["---\nname: x\n---", "a"]),
        # A code block that never ends takes the rest.
        ("```\na\n\n# b\n", ["```\na\n\n# b"]),
        # Windows line ends stay in the text, not in the words.
        ("- a\r\n- b\r\n", ["a", "b"]),
        ("- \n-\n", ["", ""]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_shapes_that_people_write(text, expected):
    assert [rule.text for rule in rules.split(text)] == expected


def test_headings_are_the_way_to_a_rule():
    text = "# A\n- 1\n### B\n- 2\n## C ##\n- 3\n# D\n- 4\n\nE\n---\n- 5\n"

    assert [rule.heading for rule in rules.split(text)] == [
        ("A",),
        ("A", "B"),
        ("A", "C"),
        ("D",),
        ("D", "E"),
    ]


@given(documents())
def test_every_line_with_something_on_it_is_structure_or_in_exactly_one_rule(text):
    lines = texts.split(text)
    outline = rules.outline(lines)

    covered = [n for rule in outline.rules for n in range(rule.start, rule.end)]
    structure = {n for h in outline.headings for n in range(h.start, h.end)}
    structure |= {n for n, line in enumerate(lines) if rules.DIVIDER.match(line)}

    assert len(covered) == len(set(covered))
    worded = {n for n, line in enumerate(lines) if line.strip()}
    assert worded <= set(covered) | structure
    assert not set(covered) & {
        n for h in outline.headings for n in range(h.start, h.end)
    }
    for rule in outline.rules:
        assert lines[rule.start].strip()
        assert lines[rule.end - 1].strip()


@given(documents())
def test_stored_places_and_the_text_give_the_rules_back(text):
    split = rules.split(text)

    stored = json.loads(json.dumps(rules.dump(split)))

    assert rules.load(stored, text) == split


@pytest.mark.parametrize(
    "text",
    [
        "# " + " #" * 45_000 + "x",
        "# " + " " * 95_000 + "x",
        "~" * 95_000 + "`",
        "- " * 50_000 + "x",
        "-\n\n" * 30_000,
        "```\n" * 25_000,
        "| a\n" * 25_000,
        "  " * 40_000 + "- a",
        "#\n" * 50_000,
    ],
    ids=range(9),
)
def test_no_allowed_text_keeps_anybody_waiting(text):
    began = time.process_time()
    rules.split(text)

    # Some 50 ms on an idle core; what is quadratic takes minutes.
    assert time.process_time() - began < 2


def test_what_is_stored_has_no_words():
    stored = json.dumps(rules.dump(rules.split(NESTED)))

    assert not any(word in stored for word in ("Refunds", "order", "Limits"))
