"""Aider's chat logs become traces: a chat each, edits and commits as calls, /undo as a stop."""

import gzip
from pathlib import Path

import pytest

from reviews.traces import formats
from reviews.traces.formats import Record, Unreadable

CHAT = """# aider chat started at 2024-08-06 08:47:10

> /usr/bin/aider app.py
> Aider v0.47.2-dev
> Models: claude-3-5-sonnet-20240620 with diff edit format, weak model claude-3-haiku

#### Add a test
#### for the parser.

Certainly.

```python
> this line is code
```

> Tokens: 26,200 sent, 1.2k received. Cost: $0.09 message, $0.12 session.
> Applied edit to app.py
> Commit 04fff71 feat: Add a test

#### /undo
> Removed: 04fff71 feat: Add a test

#### use the helper instead

Done.

> Applied edit to app.py
> Commit 58a16ef feat: Use the helper
"""
BROKEN = """# aider chat started at 2024-08-06 09:00:00

#### change it

I changed it.

> The LLM did not conform to the edit format.
> # 1 SEARCH/REPLACE block failed to match!
"""


def read(tmp_path: Path, *chats: str, name: str = "chat-history.md") -> list[Record]:
    path = tmp_path / name
    path.write_text("\n".join(chats))
    found = list(formats.read(path))
    assert all(isinstance(entry, Record) for entry in found), found
    return found  # type: ignore[return-value]


def told(record: Record) -> list[tuple[str, str, str]]:
    return [(step.kind, step.tool, step.text) for step in record.steps]


def test_a_chat_is_a_trace_with_its_model_cost_and_time(tmp_path):
    [record] = read(tmp_path, CHAT)

    assert record.started_at == record.external_id == "2024-08-06T08:47:10+00:00"
    assert record.model == "claude-3-5-sonnet-20240620"
    assert record.cost == 0.09


def test_lines_in_a_row_are_one_message(tmp_path):
    [record] = read(tmp_path, CHAT)

    said = [step.text for step in record.steps if step.kind == "message"]
    assert said[0] == "Add a test\nfor the parser."
    assert "> this line is code" in said[1]


def test_an_undo_stops_the_last_commit_and_the_others_have_their_answers(tmp_path):
    [record] = read(tmp_path, CHAT)

    commits = [step for step in record.steps if step.tool == "commit"]
    assert [step.kind for step in commits] == [
        "tool_call",
        "stop",
        "tool_call",
        "tool_result",
    ]
    assert commits[0].call == commits[1].call
    assert commits[1].actor == "person"
    assert [step.index for step in record.steps] == list(range(len(record.steps)))


def test_an_undo_without_a_commit_is_only_what_was_typed(tmp_path):
    [record] = read(tmp_path, CHAT.split("#### Add")[0] + "#### hi\n\n#### /undo\n")

    assert ("status", "", "/undo") in told(record)


def test_an_edit_that_does_not_match_is_a_failed_call(tmp_path):
    [record] = read(tmp_path, BROKEN)

    failed = [step for step in record.steps if step.error]
    assert [(step.kind, step.tool) for step in failed] == [("tool_result", "edit")]
    assert "SEARCH/REPLACE" in failed[0].text


def test_chats_that_began_in_one_second_are_told_apart(tmp_path):
    names = [record.external_id for record in read(tmp_path, BROKEN, BROKEN)]

    assert names == ["2024-08-06T09:00:00+00:00", "2024-08-06T09:00:00+00:00#2"]


def test_a_chat_in_which_nobody_said_anything_is_left_out(tmp_path):
    empty = "# aider chat started at 2024-08-06 09:30:00\n\n> Aider v0.47\n"

    assert len(read(tmp_path, empty, BROKEN)) == 1


def test_a_log_is_known_by_how_it_begins_packed_or_not(tmp_path):
    assert len(read(tmp_path, CHAT, name="whatever.md")) == 1
    packed = tmp_path / "log.md.gz"
    packed.write_bytes(gzip.compress(BROKEN.encode()))
    assert len(list(formats.read(packed))) == 1


def test_other_markdown_in_a_folder_is_not_looked_at(tmp_path):
    read(tmp_path, CHAT, name=".aider.chat.history.md")
    (tmp_path / "README.md").write_text("# Hello\n")

    assert [file.name for file in formats.files(tmp_path)] == [".aider.chat.history.md"]


def test_markdown_that_is_no_log_is_refused_with_its_line(tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("# Notes\n\nNothing of the kind.\n")

    [found] = formats.read(path, format="aider")
    assert isinstance(found, Unreadable)
    assert "before the first chat" in found.reason


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_as_a_log_gives_nothing(tmp_path, text):
    path = tmp_path / "empty.md"
    path.write_text(text)

    assert list(formats.read(path, format="aider")) == []


def test_a_chat_begun_at_an_impossible_time_is_reported_and_the_next_one_read(tmp_path):
    never = BROKEN.replace("2024-08-06", "2024-19-39")

    path = tmp_path / "log.md"
    path.write_text(f"{never}\n{BROKEN}")

    fault, record = formats.read(path)

    assert isinstance(fault, Unreadable)
    assert isinstance(record, Record)


@pytest.mark.parametrize(
    "said",
    [
        "> Tokens: 1.2.3 sent, 1.2.3 received. Cost: $1.2.3 message",
        "> Tokens: , received. Cost: $.. message",
        f"> Tokens: {'9' * 400}k received. Cost: ${'9' * 400} message",
        "> " + "Tokens: " * 20_000,
    ],
)
def test_figures_that_are_none_count_nothing_and_take_no_time(tmp_path, said):
    [record] = read(tmp_path, f"{BROKEN}\n{said}\n")

    assert record.cost is None
    assert sum(step.tokens for step in record.steps) == 0


def test_of_a_damaged_file_what_can_be_read_is_read(tmp_path):
    packed = tmp_path / "log.md.gz"
    noise = "".join(str(number * 7_919) for number in range(40_000))
    whole = gzip.compress((BROKEN + "\n#### more\n" + noise).encode())
    packed.write_bytes(whole[: len(whole) // 2])

    found = list(formats.read(packed))

    assert [type(each) for each in found] == [Unreadable, Record]


def test_a_line_without_an_end_is_cut_and_so_is_a_chat(tmp_path):
    [record] = read(tmp_path, BROKEN + "#### " + "x" * 3_000_000)
    assert max(len(step.text) for step in record.steps) < 1_100_000

    [record] = read(tmp_path, BROKEN + "- a line\n" * 30_000)
    assert record.extra["lines left out"] > 9_000
