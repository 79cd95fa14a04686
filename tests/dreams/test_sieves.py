"""One look at a sentence rules out what is not in it, and nothing that is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.mining import cues, speech
from reviews.dreams.mining.cues.sieves import Sieve, without_looking_around
from tests.dreams.stories import says, steps

NAMES = ("standing", "directive", "passing", "obsolete", "correction", "lacking")
# Words of all cue files, without what makes them expressions.
WORDS = sorted(
    {
        word
        for its in cues.languages()
        for pattern in (
            *(getattr(its, name).pattern for name in NAMES),
            *(fault.cue.pattern for fault in its.faults),
        )
        for word in re.findall(r"[^\W\d_]+|[,.!?']", pattern.replace("\\b", " "))
    }
)
said = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@given(said | st.text(max_size=60))
def test_a_sieve_names_whatever_is_found(text):
    for its in cues.languages():
        patterns = {name: getattr(its, name) for name in NAMES}
        patterns |= {fault.name: fault.cue for fault in its.faults}
        found = {name for name, pattern in patterns.items() if pattern.search(text)}
        assert found <= its.sieve.possible(text)


def test_a_sieve_rules_out_what_is_not_there():
    assert cues.named("en").sieve.possible("The weather is nice") == frozenset()


def test_beyond_plain_letters_and_spaces_nothing_is_ruled_out():
    sieve = Sieve({"wish": "please", "end": r"now\b"})

    assert sieve.possible("now") == {"end"}
    assert sieve.possible("nów") == sieve.possible("no\tw") == {"wish", "end"}


def test_what_looks_around_is_left_out_as_a_whole():
    assert without_looking_around(r"(?<!if )that(?! (?:is|[)]\)) x) \(?=") == (
        r"that \(?="
    )


def test_an_agent_is_listened_to_where_one_of_its_messages_tells_something():
    english = cues.named("en")
    typeset = "I don\N{RIGHT SINGLE QUOTATION MARK}t see your order."

    def may(*parts):
        return speech.may_hold(speech.of_agents(steps(*parts)), english.telling)

    assert may(says("Here you are.", "agent"), says(typeset, "agent"))
    assert not may(says("Here you are.", "agent"), says("I cannot see it."))
    assert not may(says(" " * speech.MESSAGE_READ + typeset, "agent"))
