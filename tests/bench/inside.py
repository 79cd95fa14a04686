"""What happens within the product, in a process of its own: ``python -m … VERB``.

The database is the one of DATABASE_URL. Answers are JSON on stdout.
"""

import importlib
import json
import os
import sys

import django

# Which module knows a verb; each is a function there that takes words.
VERBS = {
    "found": "preparing",
    "lines": "preparing",
    "example": "preparing",
    "ground": "loading",
    "load": "loading",
    "settle": "loading",
    "senders": "preparing",
    "reader": "preparing",
    "propose": "dreaming",
    "begin": "dreaming",
    "evaluate": "dreaming",
    "finish": "dreaming",
    "reading": "dreaming",
    "multiply": "volumes",
    "submit": "volumes",
    "apply": "volumes",
    "remember": "remembering",
    "long_trace": "counting",
    "weigh": "counting",
    "render": "counting",
}


def main(verb: str, *words: str) -> None:
    """Do it and answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dreamboard.settings")
    django.setup()
    module = importlib.import_module(f"tests.bench.{VERBS[verb]}")
    json.dump(getattr(module, verb)(*words), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
