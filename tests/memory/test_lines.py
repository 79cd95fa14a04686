from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import lines as texts
from reviews.memory import tokens


@given(st.text(alphabet="a\n\r\u2028\x0c", max_size=12))
def test_lines_make_the_text_again_byte_for_byte(text):
    lines = texts.split(text)

    assert texts.join(lines, ended=texts.is_ended(text)) == text
    assert len(lines) == text.count("\n") + (not texts.is_ended(text))


def test_tokens_follow_the_bytes_of_a_text():
    assert tokens.estimate("") == 0
    assert tokens.estimate("a") == 1
    assert tokens.estimate("Ask for the order number.") == 7
    assert tokens.estimate("请先询问订单号") == 6
