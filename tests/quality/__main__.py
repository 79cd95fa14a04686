"""Print the score of the offline engine: on the development traces, and on what was planted."""

import sys
from collections import Counter
from collections.abc import Iterator

from tests.quality import attributions, plantings, scoring


def main() -> None:
    """One table, the totals, then what was stated and what was missed, by kind."""
    if not scoring.DATA.is_dir():
        sys.exit("The development traces are not here.")
    sys.stdout.writelines(f"{line}\n" for line in _lines(scoring.scores()))


def _lines(every: tuple[scoring.Score, ...]) -> Iterator[str]:
    yield "set  drafts  must     should   traps  quotes      judged"
    for score in every:
        counted = _judged(score)
        must, should = (_of(*score.recall(weight)) for weight in ("must", "should"))
        quotes = f"{score.quotes - score.misquoted} of {score.quotes}"
        said = ", ".join(f"{n} {word}" for word, n in sorted(counted.items()))
        yield (
            f"{score.name:<4} {len(score.drafts):<7} {must:<8} {should:<8}"
            f" {len(score.trapped):<6} {quotes:<11} {said}"
        )
    yield from _totals(every)
    yield from _planted()
    found, marked, kinds = attributions.detected(scoring.DATA)
    said = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
    yield f"decisive steps with a signal: {_of(found, marked)} ({said})"
    yield "stated, by finding:"
    for score in every:
        names = sorted(score.matched, key=lambda name: (name[0], int(name[1:])))
        yield f"  {score.name}: {' '.join(names) or 'none'}"
    yield "missed, by why:"
    for kind, names in scoring.missed().items():
        yield f"  {kind}: {' '.join(names)}"


def _planted() -> Iterator[str]:
    for count in (300, 1_000):
        one = plantings.planting(count)
        yield (
            f"example team, {count} runs: mistakes {_part(one.mistakes)}, workflows"
            f" {_part(one.workflows)}, shared preferences {_part(one.preferences)},"
            f" made up {one.made_up}"
        )


def _totals(every: tuple[scoring.Score, ...]) -> Iterator[str]:
    counted = sum(map(_judged, every), Counter[str]())
    read = counted.total() - counted["unread"]
    good = counted["approve"]
    yield f"precision: {_of(good, read)} as they are, {_of(good + counted['edit'], read)} with edits"
    must = [score.recall("must") for score in every if score.name in "ABD"]
    part, whole = (sum(column) for column in zip(*must, strict=True))
    yield f"must-recall on A, B and D: {_of(part, whole)}"
    same = sum(
        len(score.drafts) - len({draft.fingerprint for draft in score.drafts})
        for score in every
    )
    refused = sum((score.refused for score in every), Counter[str]())
    reasons = ", ".join(f"{n} {code}" for code, n in refused.most_common())
    yield f"duplicates: {same}; refused: {refused.total()} ({reasons})"


def _judged(score: scoring.Score) -> Counter[str]:
    return Counter(scoring.judged(score.name, draft) for draft in score.drafts)


def _part(of: tuple[int, int]) -> str:
    return f"{of[0]}/{of[1]}"


def _of(part: int, whole: int) -> str:
    return f"{part}/{whole} {100 * part // whole if whole else 0}%"


if __name__ == "__main__":
    main()
