"""How many tokens a text will cost an agent that reads it, roughly.

Four bytes of UTF-8 make a token, rounded up. English comes to four characters a token,
Cyrillic to two, Chinese to one and a third, which is where current tokenizers lie,
give or take a fifth. No vocabulary is loaded, so the same text counts the same forever.
"""

BYTES_PER_TOKEN = 4


def estimate(text: str) -> int:
    """Estimated tokens of a text; 0 only for an empty one."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)
