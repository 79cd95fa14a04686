"""Stories of the engineers: bugs that are fixed, code that is explained.

Planted here: the same failing edit again and again, the checks before a pull request
(which spread over the weeks), and one person's laptop that reaches nothing.
"""

from collections.abc import Mapping

from reviews.examples import cast, letters, sources, weather
from reviews.examples.runs import Read, Run


def fix(run: Run) -> None:
    """Fix a bug and open a pull request."""
    path, noun = _ask(run, "bugs")
    run.title = f"Fix in {path}"
    run.read(_READS, path, 3)
    if run.chance(0.4):
        run.thinks("The total is rounded per line and once more at the end.")
    run.call("read_file", {"path": path}, sources.module(run.rng))
    _edit(run, path, noun)
    if run.chance(0.5):
        test = path.replace("shop/", "tests/")
        added = {"path": test, "old": "", "new": _TEST.format(noun=noun)}
        run.call("edit_file", added, {"path": test, "changed": True})
    run.says(run.words("edited", path=path))
    run.person_says(run.words("go_on"), wish=True)
    _check(run, path)
    request = {"title": f"Round the total of a {noun} once", "base": "main"}
    run.call("open_pull_request", request, {"number": run.rng.randint(800, 1900)})
    if run.chance(0.85):
        run.call("request_review", {"team": "engineering"}, {"requested": True})
    run.says(run.words("summary", path=path))
    if run.chance(0.5):
        run.person_says(run.words("thanks"))


def explanation(run: Run) -> None:
    """Explain some code, or find out what a log says."""
    path, noun = _ask(run, "questions")
    run.title = f"How {noun}s work"
    run.read(_READS, path, 4)
    run.call("read_file", {"path": path}, sources.module(run.rng))
    run.says(run.words("explained", path=path, noun=noun))
    run.person_says(run.words("more"), wish=True)
    run.read(_READS, sources.path(run.rng), 3)
    if run.chance(0.4):
        _test(run)
    run.says(run.words("summary", path=path))


def _ask(run: Run, kind: str) -> tuple[str, str]:
    path = sources.path(run.case)
    noun = path.rsplit("/", 1)[1].removesuffix("s.py")
    said = run.words(kind, path=path, noun=noun)
    if run.chance(0.07):
        said = f"{said} In case you need it: {weather.secret(run.rng)}"
    run.person_says(said)
    run.says(run.words("looking"))
    return path, noun


def _edit(run: Run, path: str, noun: str) -> None:
    """Change the file; at times the same edit is tried again and again."""
    old, new = run.rng.choice(sources.EDITS)
    if run.chance(0.22):
        wrong = run.rng.choice(
            (old.replace("total", "amount", 1), f"        {old}", f"{old}  # {noun}")
        )
        for _ in range(run.rng.choice((3, 3, 4, 5))):
            answer = f"EditRefused: the old text occurs 0 times in {path}"
            run.refused("edit_file", {"path": path, "old": wrong, "new": new}, answer)
        run.good = 0.4
        if run.chance(0.25):
            run.call("read_file", {"path": path, "from": 30}, sources.module(run.rng))
    arguments = {"path": path, "old": old, "new": new}
    run.call("edit_file", arguments, {"path": path, "changed": True, "lines": 1})


def _check(run: Run, path: str) -> None:
    """Format, lint and test: in more and more runs as the weeks go by."""
    careful = run.chance(0.6 + 0.35 * run.late)
    duties = ["run_formatter", "run_linter", "run_tests"]
    if not careful:
        duties = duties[run.rng.choice((2, 3)) :]
    for tool in duties:
        if tool == "run_tests":
            _test(run)
        else:
            clean = {
                "files": 1,
                "changed": int(tool == "run_formatter"),
                "problems": [],
            }
            run.call(tool, {"path": path}, clean)


def _test(run: Run) -> None:
    if run.unlucky:
        run.refused(
            "run_tests",
            {"select": "all"},
            f"OperationalError: could not connect to {cast.UNLUCKY_HOST} port 5433:"
            " name resolution failed",
        )
        run.call(
            "run_tests",
            {"select": "all", "where": "ci"},
            sources.test_report(run.rng, 0),
        )
        return
    if run.chance(0.2):
        run.call("run_tests", {"select": "changed"}, sources.test_report(run.rng, 1))
    run.call("run_tests", {"select": "all"}, sources.test_report(run.rng, 0))


def _hits(run: Run) -> dict[str, object]:
    """Lines of code that a search found."""
    lines = sources.module(run.rng).splitlines()
    hits = [
        {"path": sources.path(run.rng), "line": number, "text": line}
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    return {"hits": hits[:20]}


def _log(run: Run) -> str:
    """A log, at times with a secret that should not be in it."""
    text = sources.log(run.rng)
    return f"{text}\n{weather.secret(run.rng)}" if run.chance(0.3) else text


_READS: Mapping[str, Read] = {
    "list_files": lambda run, path: (
        {"folder": "shop"},
        {"files": sorted({sources.path(run.rng) for _ in range(40)})},
    ),
    "search_code": lambda run, path: ({"query": "quantize"}, _hits(run)),
    "read_log": lambda run, path: ({"service": "shop", "lines": 56}, _log(run)),
    "read_file": lambda run, path: (
        {"path": path if run.chance(0.3) else sources.path(run.rng)},
        sources.module(run.rng),
    ),
    "fetch_page": lambda run, path: (
        {"url": f"https://docs.python.test/{run.rng.randint(100, 999)}"},
        letters.page(run.rng),
    ),
}
_TEST = """
def test_{noun}_total_is_rounded_once():
    summary = load_{noun}("1001")

    assert summary.total == Decimal("19.99")
"""
