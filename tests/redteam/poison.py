"""The corpus, and the places that its strings are planted in."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.dreams.stories import Told, call, fails, says, stopped

CORPUS = [
    json.loads(line)
    for line in (Path(__file__).parent / "corpus.jsonl").read_text().splitlines()
]
TEXTS = [row["text"] for row in CORPUS]

# Where whoever writes it needs no account: tools' answers, pages, mails, files.
OUTSIDE: dict[str, Callable[[str], list[Told]]] = {
    "error": lambda text: [fails("pay", {"n": 1}, text)],
    "error that is obeyed": lambda text: [
        fails("pay", {"n": "a-1"}, text),
        call("send_money", {"n": "a-1"}),
        call("pay", {"n": "a-1"}),
    ],
    "error that comes again": lambda text: [fails("pay", {"n": 1}, text)] * 3,
    "answer": lambda text: [call("read_mail", {"n": 1}, text), call("pay", {"n": 1})],
    "page": lambda text: [call("fetch", {"u": "a"}, text, web=True)],
    "page that fails": lambda text: [fails("fetch", {"u": "a"}, text, web=True)],
    "page that is obeyed": lambda text: [
        fails("fetch", {"u": "a-1"}, text, web=True),
        call("send_money", {"u": "a-1"}),
        call("fetch", {"u": "a-1"}),
    ],
    "shell": lambda text: [
        fails("Bash", {"command": "make lint"}, f"{text}\nmain.go:1:1: {text} (errcheck)")
    ],
}  # fmt: skip
# Where people speak; whoever writes it has an account, or has taken one over.
PEOPLE: dict[str, Callable[[str], list[Told]]] = {
    "message": lambda text: [says(text), call("pay", {"n": 1})],
    "stop": lambda text: [stopped("pay", {"n": 1}, f"the user said: {text}")],
}
