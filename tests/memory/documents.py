"""Texts that a property may be tried on: real shapes, few words, so that lines repeat."""

from hypothesis import strategies as st

WORDS = st.sampled_from(
    ["refund", "order", "never", "ask", "24", "h", "the", "naïve", "退款"]
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)

LINES = st.one_of(
    st.just(""),
    st.just("   "),
    SENTENCES,
    SENTENCES.map("- {}".format),
    SENTENCES.map("  - {}".format),
    SENTENCES.map("  {}".format),
    SENTENCES.map("* {}".format),
    SENTENCES.map("3. {}".format),
    SENTENCES.map("# {}".format),
    SENTENCES.map("## {}".format),
    SENTENCES.map("| {} |".format),
    SENTENCES.map("{}\r".format),
    st.sampled_from(
        ["```", "```bash", "~~~", "---", "===", "***", "\u2028", "\x0c", "-", "#"]
    ),
    st.text(alphabet="ab -#`|\t\r\u200b\u00a0é", max_size=6),
)


def texts(max_lines: int = 14):
    """Whole texts, with or without a newline at their end."""
    return st.builds(
        lambda lines, ended: "\n".join(lines) + ("\n" if ended and lines else ""),
        st.lists(LINES, max_size=max_lines),
        st.booleans(),
    )


@st.composite
def edited(draw, max_lines: int = 14):
    """A text, and what a few edits of its lines made of it."""
    old = draw(texts(max_lines))
    lines = old.split("\n")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines)))
        verb = draw(st.sampled_from(["insert", "delete", "replace", "move"]))
        if verb == "insert" or at == len(lines):
            lines.insert(at, draw(LINES))
        elif verb == "delete":
            del lines[at]
        elif verb == "replace":
            lines[at] = draw(LINES)
        else:
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
    return old, "\n".join(lines)
