"""How people say what they want: each preference in varying words, and small talk.

Nobody says a preference twice in the same words by rule; some say it as a standing
wish ("from now on"), some as a correction, some in passing.
"""

from collections.abc import Mapping
from functools import cache

from reviews.examples import planted, words

WORDS = words.of("preferences", "said")
OPPOSED = words.of("preferences", "opposed")
# Said by people, meant for this case only: nothing to remember.
SMALL_TALK = words.of("preferences", "small")["talk"]


@cache
def wishes_of(person: str, agent: str) -> tuple[str, ...]:
    """Every sentence by which this person may state a preference to this agent."""
    said: list[str] = []
    for wish in planted.PREFERENCES:
        if agent in wish.agents:
            if person in wish.people:
                said.extend(WORDS[wish.id])
            elif person in wish.opposed:
                said.extend(OPPOSED[wish.id])
    return tuple(said)


@cache
def wish_of_sentence() -> Mapping[str, str]:
    """Which preference a sentence states, for those who count."""
    return {
        sentence: name
        for said in (WORDS, OPPOSED)
        for name, sentences in said.items()
        for sentence in sentences
    }
