"""``python -m tests.bench [MEASURE…]``: run them in order and print one table."""

import sys
import time
import traceback

from tests.bench import (
    bundle,
    decisions,
    desk,
    diff,
    dream,
    figures,
    history,
    ingest,
    installation,
    pages,
)

MEASURES = {
    "ingest": ingest,
    "bundle": bundle,
    "history": history,
    "diff": diff,
    "pages": pages,
    "decisions": decisions,
    "desk": desk,
    "dream": dream,
}


def main(names: list[str]) -> int:
    """Measure what is named, or everything; what breaks does not stop the rest."""
    if unknown := [name for name in names if name not in MEASURES]:
        _say(f"There is no {', '.join(unknown)}; there are: {', '.join(MEASURES)}.")
        return 2
    results, broken = [], False
    with installation.opened() as bench:
        for name in names or MEASURES:
            began, found = time.monotonic(), []
            results.append((MEASURES[name].TITLE, found))
            try:
                found.extend(MEASURES[name].measure(bench))
            except Exception:  # noqa: BLE001 - shown, and the others go on
                traceback.print_exc()
                _say(bench.said())
                broken = True
            _say(f"{name}: {time.monotonic() - began:.0f} s")
    sys.stdout.write(f"\n{figures.table(results)}\n")
    return int(broken)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
