"""However a stream is laid out and cut, the same documents come out, and never a crash."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reviews.traces import documents, formats, payloads
from reviews.traces.documents import Document, Unreadable

leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
value = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text('ab"\\{}[] ', max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.lists(st.dictionaries(st.text(max_size=4), value, max_size=3), min_size=1)
LAYOUTS = {
    "array": json.dumps,
    "pretty array": lambda values: json.dumps(values, indent=2),
    "lines": lambda values: "\n".join(json.dumps(v) for v in values),
    "pretty values": lambda values: "\n".join(json.dumps(v, indent=1) for v in values),
    "run together": lambda values: "".join(json.dumps(v) for v in values),
}


def cut(text: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(edges)]


def values_in(raw: bytes) -> list[object]:
    try:
        return [json.loads(raw)]
    except ValueError:
        return [json.loads(part) for part in documents.several(raw)]


@given(objects, st.sampled_from(sorted(LAYOUTS)), st.lists(st.integers(0), max_size=6))
def test_every_layout_gives_the_same_values_however_it_arrives(values, layout, places):
    text = LAYOUTS[layout](values).encode()

    found = list(documents.documents(cut(text, places)))

    assert not [entry for entry in found if isinstance(entry, Unreadable)]
    read = [v for e in found if isinstance(e, Document) for v in values_in(e.raw)]
    assert read == values


@given(
    st.binary(max_size=400) | st.text('{}[]",: \n\\ab1', max_size=80).map(str.encode)
)
def test_nothing_that_is_sent_can_crash_the_reader(noise):
    for line, entry in payloads.records([noise]):
        assert line >= 0
        assert isinstance(entry, Unreadable)


@given(noise=st.binary(max_size=300))
def test_nothing_in_a_file_can_crash_the_reader(tmp_path_factory, noise):
    path = tmp_path_factory.mktemp("noise") / "x.json"
    path.write_bytes(noise)

    for entry in formats.read(path):
        assert isinstance(entry, Unreadable)
        assert entry.reason
