"""What the documentation shows is what is read."""

import re
from pathlib import Path
from typing import get_args

import msgspec

from reviews.traces import formats, payloads, preparation
from reviews.traces.payloads import StepPayload, TracePayload
from reviews.traces.steps import Actor, Kind

PAGE = (Path(__file__).parents[2] / "docs" / "traces.md").read_text()


def test_the_documented_example_is_a_trace():
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    record = payloads.decode(example.encode())

    assert preparation.prepare(record).counts == (6, 1, 1, 180)
    assert set(msgspec.json.decode(example)) == set(TracePayload.__struct_fields__)


def test_every_field_kind_actor_and_format_is_documented():
    names = [
        *TracePayload.__struct_fields__,
        *StepPayload.__struct_fields__,
        *get_args(Kind),
        *get_args(Actor),
        *formats.FORMATS,
    ]

    assert [name for name in names if f"`{name}`" not in PAGE] == []
