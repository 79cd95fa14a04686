"""The line that says what went wrong is found, and stands where the text has it."""

import time

import pytest

from reviews.dreams.mining.diagnostics import (
    findings,
    looks_failed,
    raising_call,
    signature,
)

TRACEBACK = """Exit code 1
Traceback (most recent call last):
  File "<string>", line 1, in <module>
    total = add_up(lines)
ModuleNotFoundError: No module named 'yaml'
"""
LINT = """Exit code 1
[lint] $ golangci-lint run ./...
cmd/é/state.go:186:2: Error return value is not checked (errcheck)
	_ = Cleanup(id)
cmd/paths.go:7:2: Error return value of `os.Remove` is not checked (errcheck)
cmd/state.go:134:7: G306: Expect WriteFile permissions to be 0600 or less (gosec)
app/x.py:1:2: F401 `os` imported but unused
app/y.py:3: error: Incompatible return value  [return-value]
src/a.ts(3,4): error TS2304: Cannot find name 'x'.
2 issues:
"""


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("Error: user not found", "Error: user not found"),
        (TRACEBACK, "ModuleNotFoundError: No module named 'yaml'"),
        ("Exit code 128\nfatal: unrecognized argument: --no-stat",
         "fatal: unrecognized argument: --no-stat"),
        ("Exit code 1\nFrom github.com:x\n * branch main\nCONFLICT (content): in a.go",
         "CONFLICT (content): in a.go"),
        ('{"status": 4, "error": "Customer is not active"}', "Customer is not active"),
        ("<tool_use_error>File does not exist.</tool_use_error>", "File does not exist."),
        ("\n\n  something odd\n", "something odd"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_signature_is_the_informative_line(answer, line):
    start, end = signature(answer)
    assert answer[start:end] == line


def test_each_linter_rule_is_found_once_where_it_stands():
    found = list(findings(LINT))

    assert [one.rule for one in found] == [
        "errcheck", "gosec G306", "F401", "return-value", "TS2304"
    ]  # fmt: skip
    assert found[0].message == "Error return value is not checked"
    assert LINT[found[0].start : found[0].end].endswith("not checked (errcheck)")
    assert LINT[found[0].start :].startswith("cmd/é/state.go")


def test_the_function_that_raised_is_known_from_the_last_frame():
    assert raising_call(TRACEBACK) == "add_up"
    assert raising_call("all is well") == ""


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        ("Error: no such order", True),
        ("error: pathspec", True),
        ('{"error": "no"}', True),
        ('{"error": null, "id": 4}', False),
        ('{"errors": [], "id": 4}', False),
        ("Traceback (most recent call last):", True),
        ("ValueError: bad", True),
        ("Exit code 2\nboom", True),
        ("The error was fixed yesterday", False),
        ("errors are handled in errors.py", False),
    ],
)
def test_an_answer_without_a_flag_is_judged_by_its_beginning(answer, failed):
    assert looks_failed(answer) is failed


@pytest.mark.parametrize(
    "piece", ["a.", "x:1:1: ", "  File ", '{"error":"', "Error", '\\"', "\n", " "]
)
def test_hostile_answers_are_read_in_linear_time(piece):
    hostile = "Traceback (most recent call last):\n" + piece * 60_000
    began = time.perf_counter()
    signature(hostile)
    list(findings(hostile))
    raising_call(hostile)
    assert time.perf_counter() - began < 1
