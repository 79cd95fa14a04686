"""Failed runs in which people marked the decisive step: how many have a signal there.

Who&When has conversations of agents and no calls; here what a team's terminal or browser
answers is read as the answer to the message before it. All others keep their names.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from reviews.dreams.engines.offline import Offline
from reviews.traces.steps import Facts, Step

_FOLDERS = ("algorithm-generated", "hand-crafted")
_TOOLS = re.compile(
    r"^(?:computer_terminal|websurfer|filesurfer|assistant|code ?executor)\b"
)
_FAILED = re.compile(
    r"^\s*exitcode: [1-9]|execution failed|error while|traceback", re.IGNORECASE
)


def detected(data: Path) -> tuple[int, int, Counter[str]]:
    """Decisive steps with a signal at them or one message after, all of them, and by kind."""
    found, every, kinds = 0, 0, Counter[str]()
    for name, record in _records(data):
        signals = Offline().evaluate(Facts(name, "team", name), steps(record)).signals
        decisive = int(record["mistake_step"])
        near = {
            one.kind for one in signals if one.step // 2 in (decisive, decisive + 1)
        }
        found += bool(near)
        every += 1
        kinds.update(near)
    return found, every, kinds


def steps(record: Mapping[str, Any]) -> list[Step]:
    """Message ``n`` is step ``2 n``; what a tool answers next was called by ``2 n + 1``."""
    made: list[Step] = []
    history = record["history"]
    for number, message in enumerate(history):
        who = str(message.get("name") or message["role"]).lower()
        text, name = str(message["content"]), who.split(" (")[0]
        if number and _TOOLS.match(who):
            call = f"c{number}"
            asked = str(history[number - 1]["content"])
            made.append(Step(2 * number - 1, "tool_call", "agent", asked, name, call))
            failed = _FAILED.search(text[:400]) is not None
            made.append(
                Step(
                    2 * number, "tool_result", "tool", text, name, call, error=failed
                )
            )  # fmt: skip
        else:
            actor = "agent" if number else "person"
            speaker = name if number else ""
            made.append(Step(2 * number, "message", actor, text, agent=speaker))
    return made


def _records(data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in _FOLDERS:
        for path in sorted((data / "who-and-when" / folder).glob("*.json.gz")):
            yield (
                f"{folder}/{path.name}",
                msgspec.json.decode(gzip.decompress(path.read_bytes())),
            )
