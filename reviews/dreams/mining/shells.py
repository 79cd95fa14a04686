"""Shell commands as tools: ``git push``, ``mise run lint``, one name per segment.

A run that says ``cd app && mise run fmt && git commit -m "…"`` used two tools worth
counting. Quoted strings and here-documents are taken out before anything is split.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

LONGEST_COMMAND = 2_000

_HEREDOC = re.compile(
    r"<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n.*?^\s*\1\b", re.DOTALL | re.MULTILINE
)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#[^\n]*")
_SUBSHELL = re.compile(r"\$\([^()]*\)")
_SPLIT = re.compile(r"&&|\|\||[;|\n&]")
_REDIRECT = re.compile(r"\d?>&\d|\d?>>?\s*\S+|<\s*\S+|&>\s*\S+")
_ASSIGNMENT = re.compile(r"^\w+=\S*$")
_WORD = re.compile(r"^[A-Za-z][\w:.+-]*$")

# Programs that look around or glue others together: nothing is learnt from them.
_DROPPED = frozenset({
    "cd", "export", "echo", "printf", "grep", "egrep", "rg", "head", "tail",
    "cat", "ls", "pwd", "wc", "sed", "awk", "sort", "uniq", "cut", "tr", "true",
    "false", "test", "[", "[[", "for", "do", "done", "if", "then", "else", "fi",
    "while", "in", "set", "unset", "source", ".", "which", "type", "sleep",
    "read", "xargs", "tee", "find", "fd", "tree", "less", "more", "date",
    "whoami", "env", "mkdir", "touch", "diff", "jq", "basename", "dirname",
    "realpath", "stat", "file", "column", "comm", "seq", "exit", "return",
    "local", "{", "}", "(", ")",
})  # fmt: skip
_WRAPPERS = frozenset(
    ["sudo", "time", "nohup", "command", "exec", "builtin", "nice", "stdbuf"]
)
# How many words name the act: `git push` is two, `gh pr view` three.
_DEPTH = {
    "git": 2, "go": 2, "cargo": 2, "npm": 2, "pnpm": 2, "yarn": 2, "bun": 2, "pip": 2,
    "uv": 2, "poetry": 2, "docker": 2, "kubectl": 2, "helm": 2, "terraform": 2, "make": 2,
    "brew": 2, "apt": 2, "apt-get": 2, "systemctl": 2, "rustup": 2, "bundle": 2, "rake": 2,
    "mix": 2, "dotnet": 2, "gradle": 2, "mvn": 2, "just": 2, "task": 2, "composer": 2,
    "gh": 3, "glab": 3, "mise": 3, "aws": 3, "gcloud": 3, "az": 3,
}  # fmt: skip
_RUNNERS = frozenset(["run", "exec", "tool"])
# What stands where a quoted text was.
_QUOTE = "QUOTE"
_INTERPRETERS = re.compile(r"^python[\d.]*$")


def command_of(arguments: Mapping[str, Any]) -> str:
    """The shell command that a call runs, or nothing if it runs none."""
    for name in ("command", "cmd"):
        command = arguments.get(name)
        if isinstance(command, str):
            return command
        if isinstance(command, list) and all(isinstance(one, str) for one in command):
            return str(command[-1]) if command[:1] == ["bash"] else " ".join(command)
    return ""


@lru_cache(maxsize=8_192)
def segments(command: str) -> tuple[str, ...]:
    """Name each act of a command, in order, without repeats."""
    bare = _HEREDOC.sub(" ", command[:LONGEST_COMMAND])
    bare = _SUBSHELL.sub(" ", _QUOTED.sub(f" {_QUOTE} ", bare).replace("\\\n", " "))
    bare = _REDIRECT.sub(" ", _COMMENT.sub(" ", bare))
    names = (_name(part.split()) for part in _SPLIT.split(bare))
    return tuple(dict.fromkeys(name for name in names if name))


def _name(words: list[str]) -> str:
    while words and (_ASSIGNMENT.match(words[0]) or words[0] in _WRAPPERS):
        words = words[1:]
    if not words:
        return ""
    if words[0] == "timeout":
        return _name(words[2:])
    program = words[0].rsplit("/", 1)[-1]
    if program in _DROPPED or program == _QUOTE or not _WORD.match(program):
        return ""
    if _INTERPRETERS.match(program):
        return " ".join(["python", *words[1:3]]) if words[1:2] == ["-m"] else "python"
    depth = _DEPTH.get(program, 1)
    acts = [
        word
        for word in _without_options(words[1:])
        if _WORD.match(word) and word != _QUOTE
    ]
    if acts and acts[0] in _RUNNERS:
        depth = 3
    return " ".join([program, *acts[: depth - 1]])


def _without_options(words: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in {"-C", "-c", "--git-dir", "--repo", "-R"} and not kept:
            skip = True
        elif not word.startswith("-"):
            kept.append(word)
    return kept
