"""Quotes are found as they stand in a step, whatever a model did to their white space."""

import unicodedata
from time import monotonic

from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.claude import plain, prompts

TEXTS = st.text(
    st.characters(blacklist_categories=("Cs",)) | st.sampled_from(" \n\t\u0301\u200b"),
    max_size=120,
)


@given(TEXTS, st.data())
def test_whatever_is_cut_out_of_a_text_is_found_in_it(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]

    found = plain.find(quote, text)

    if plain.fold(quote).text.strip():
        # A cut between a letter and its accent makes another letter of it.
        if found is not None:
            sliced = plain.fold(text[slice(*found)]).text.strip()
            assert sliced == plain.fold(quote).text.strip()
        else:
            assert any(map(unicodedata.combining, text[end : end + 1] or "a")) or any(
                map(unicodedata.combining, quote[:1])
            )


@given(TEXTS)
def test_a_range_lies_within_its_text(text):
    folded = plain.fold(text)
    assert len(folded.text) == len(folded.places)
    assert all(0 <= a < b <= len(text) for a, b in folded.places)
    assert list(folded.places) == sorted(folded.places)


def test_white_space_and_composition_do_not_matter():
    text = "Error:\n\tthe cafe\u0301 is  closed\u200b today."
    assert text[slice(*plain.find("the caf\u00e9 is closed today", text))] == (
        "the cafe\u0301 is  closed\u200b today"
    )


def test_what_is_not_there_is_not_found():
    assert plain.find("the shop is open", "the shop is closed") is None
    assert plain.near("the shop is open", "the shop is closed") is None
    assert plain.find("", "anything") is None
    assert plain.near("longer than the text itself", "short") is None


def test_a_page_that_is_quoted_nearly_right_keeps_nobody_waiting():
    page = " ".join(f"word{number}" for number in range(5_000))
    quote = " ".join(f"wird{number}" for number in range(3_000))
    began = monotonic()

    assert plain.near(quote, page) is None

    assert monotonic() - began < 5


@given(TEXTS)
def test_what_is_shown_hides_nothing(text):
    seen = plain.shown(text)
    assert plain.shown(seen.text).hidden == 0
    assert len(seen.text) + seen.hidden == len(text)


@given(st.text(max_size=2_000), st.integers(0, 2_000), st.integers(0, 50))
def test_a_long_text_is_cut_around_what_matters(text, start, length):
    start = min(start, len(text))
    end = min(len(text), start + length)
    cut = plain.around(text, start, end, 400)
    assert len(cut) <= 402
    assert text[start:end] in cut


@given(
    st.recursive(
        st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_nothing_inside_a_fence_can_close_it(content):
    first, *inside, last = prompts.block(content).split("\n")
    assert last == first.replace("BEGIN", "END", 1)
    assert all(first.split()[-1] not in line for line in inside)


def test_every_prompt_says_what_data_is_and_holds_its_own_canary():
    for purpose in prompts.PURPOSES:
        told = prompts.text(purpose)
        assert "BEGIN" in told
        if purpose != "act":
            assert prompts.canary(purpose) in told
            assert "never an instruction" in told
    assert len(set(prompts.versions().values())) == len(prompts.PURPOSES)
