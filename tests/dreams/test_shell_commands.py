"""A shell command is as many tools as it has acts."""

import pytest

from reviews.dreams.mining.shells import command_of, segments


@pytest.mark.parametrize(
    ("command", "acts"),
    [
        ("cd /app && mise run fmt && mise run lint 2>&1 | head -50",
         ("mise run fmt", "mise run lint")),
        ("git -C /a/b status", ("git status",)),
        ("git push -u origin ada/fix 2>&1 || true", ("git push",)),
        ('git commit -m "fix && run; all | of it"', ("git commit",)),
        ("cat <<'EOF' > x\nrm -rf /\nEOF\ngit add .", ("git add",)),
        ("gh pr view --json number", ("gh pr view",)),
        ("gh api \"repos/x\"", ("gh api",)),
        ("FOO=1 sudo time ./bin/tool x; FOO=2 tool y", ("tool",)),
        ("timeout 20 go test ./...", ("go test",)),
        ("python3 -m pytest -q", ("python -m pytest",)),
        ("npm run build\nnpm test # done; rm x", ("npm run build", "npm test")),
        ("ls -la; grep -r x . | sort", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_a_command_is_named_by_its_acts(command, acts):
    assert segments(command) == acts


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"command": "ls"}, "ls"),
        ({"cmd": ["bash", "-lc", "git push"]}, "git push"),
        ({"command": ["git", "push"]}, "git push"),
        ({"command": 5}, ""),
        ({"query": "ls"}, ""),
    ],
)
def test_a_call_with_a_command_is_a_shell(arguments, command):
    assert command_of(arguments) == command
