"""A file is recognised by its content or refused; nothing is guessed, nothing is lost."""

import gzip
import json
from pathlib import Path

import pytest

from reviews.traces import documents, formats
from reviews.traces.documents import Document, Unreadable
from reviews.traces.formats import Record

TRACE = {
    "external_id": "run-1",
    "steps": [
        {"actor": "person", "text": "Refund me"},
        {"kind": "tool_call", "tool": "refund", "call": "c1", "text": {"amount": 5}},
        {"kind": "tool_result", "tool": "refund", "call": "c1", "text": "ok"},
    ],
}


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TRACE),
        json.dumps(TRACE, indent=2),
        json.dumps([TRACE]),
        "\ufeff" + json.dumps(TRACE, indent=1),
        json.dumps(TRACE) + "\n\n",
    ],
    ids=["object", "pretty", "array", "byte order mark", "blank lines"],
)
def test_our_own_json_is_read_however_it_is_laid_out(tmp_path, text):
    (record,) = formats.read(write(tmp_path, "x.json", text))

    assert isinstance(record, Record)
    assert record.format == "dreamboard"
    assert [(s.kind, s.actor) for s in record.steps] == [
        ("message", "person"),
        ("tool_call", "agent"),
        ("tool_result", "tool"),
    ]


def test_arguments_keep_the_serialisation_in_which_they_came(tmp_path):
    line = json.dumps(TRACE).replace('{"amount": 5}', '{ "amount" :5.0 }')

    (record,) = formats.read(write(tmp_path, "x.json", line))

    assert isinstance(record, Record)
    assert record.steps[1].text == '{ "amount" :5.0 }'


def test_lines_are_read_one_by_one_and_a_bad_one_says_where_and_why(tmp_path):
    lines = [
        json.dumps(TRACE),
        "{broken",
        json.dumps({"external_id": "x", "steps": [{"kind": "dance"}]}),
        json.dumps({"external_id": "x", "steps": [{"text": "who said it?"}]}),
        json.dumps({"external_id": "x", "steps": [], "outcom": "success"}),
        json.dumps(TRACE | {"external_id": "run-2"}),
    ]
    path = write(tmp_path, "x.ndjson", "\n".join(lines))

    found = list(formats.read(path))

    troubles = [entry for entry in found if isinstance(entry, Unreadable)]
    assert [(t.line, t.field) for t in troubles] == [
        (2, ""),
        (3, "steps[0].kind"),
        (4, "steps[0].actor"),
        (5, ""),
    ]
    assert "outcom" in troubles[-1].reason
    assert {t.file for t in troubles} == {str(path)}
    assert [r.external_id for r in found if isinstance(r, Record)] == ["run-1", "run-2"]


def test_a_folder_is_read_with_everything_below_it(tmp_path):
    write(tmp_path, "a/one.json", json.dumps(TRACE))
    write(tmp_path, "policy.md", "# Not a trace")
    zipped = tmp_path / "b" / "deep" / "two.jsonl.gz"
    zipped.parent.mkdir(parents=True)
    zipped.write_bytes(gzip.compress(json.dumps(TRACE | {"external_id": "2"}).encode()))

    found = list(formats.read(tmp_path))

    assert [r.external_id for r in found if isinstance(r, Record)] == ["run-1", "2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "x", "size": 3}', "an object here has: name, size"),
        ("# Notes\nnothing", "not an object: # Notes"),
        ("", "empty"),
        ("[1, 2]", "not an object: 1, 2"),
        ('["a {b} [c"]', "not an object"),
    ],
)
def test_what_is_no_trace_is_refused_with_what_was_seen(tmp_path, text, reason):
    path = write(tmp_path, "x.json", text)

    (trouble,) = formats.read(path)

    assert isinstance(trouble, Unreadable)
    assert reason in trouble.reason
    assert (trouble.file, trouble.line) == (str(path), 1)


def test_an_unknown_format_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="There is no format “excel”"):
        list(formats.read(tmp_path, format="excel"))


def test_a_missing_file_is_reported(tmp_path):
    (trouble,) = formats.read(tmp_path / "gone.json")

    assert isinstance(trouble, Unreadable)
    assert "No such file" in trouble.reason


def test_a_truncated_gzip_keeps_what_came_before(tmp_path):
    lines = "\n".join(json.dumps(TRACE | {"external_id": str(n)}) for n in range(2000))
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(lines.encode())[:-4000])

    found = list(formats.read(path))

    troubles = [entry for entry in found if isinstance(entry, Unreadable)]
    assert any("compressed data is damaged" in trouble.reason for trouble in troubles)
    assert isinstance(found[0], Record)


def pieces(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_values_are_cut_at_the_same_places_whatever_the_pieces(size):
    values = [{"a": 'quote " and \\ and }'}, {"b": [1, {"c": "]"}]}, {"d": ""}]
    array = json.dumps(values, indent=1).encode()

    found = list(documents.documents(pieces(array, size)))

    assert [json.loads(entry.raw) for entry in found] == values
    assert [entry.line for entry in found] == [2, 5, 13]


def test_a_value_above_the_limit_is_refused_and_never_held():
    lines = [b'{"a": 1}\n', b'{"b": "' + b"x" * 500 + b'"}\n', b'{"c": 1}\n']

    found = list(documents.documents(pieces(b"".join(lines), 100), largest=200))

    first, refused, last = found
    assert isinstance(first, Document)
    assert isinstance(refused, Unreadable)
    assert (refused.line, last.line) == (2, 3)


def test_a_value_that_arrives_whole_is_held_to_the_limit_too():
    large, small = b'{"b": "' + b"x" * 500 + b'"}', b'{"c": 1}'

    found = list(documents.documents([b"[", large, b",", small, b"]"], largest=200))

    assert [type(entry) for entry in found] == [Unreadable, Document]


def test_a_folder_that_cannot_be_looked_into_is_reported(tmp_path, monkeypatch):
    def walk(start, onerror):
        onerror(PermissionError(13, "Permission denied", f"{start}/closed"))
        return iter([(str(start), ["closed"], ["LOUD.JSON", "notes.txt"])])

    write(tmp_path, "LOUD.JSON", json.dumps(TRACE))
    (tmp_path / "closed").mkdir()
    monkeypatch.setattr("reviews.traces.formats.os.walk", walk)

    loud, closed = formats.read(tmp_path)

    assert isinstance(loud, Record)
    assert isinstance(closed, Unreadable)
    assert closed.file.endswith("closed")
