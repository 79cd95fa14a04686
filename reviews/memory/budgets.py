"""What one comparison may cost: counted, never timed, so that all machines agree.

A unit is about a nanosecond of one calm core. What is no longer affordable is left out,
and the diff says that it is a large one.
"""

# Together with matching and pairing this stays within 200 ms.
LIMIT = 100_000_000
# Looking at two texts at all, however short they are.
BEGINNING = 12_000
# Cutting a text into words and looking at each, per character.
READING = 150
# Two characters of two texts against each other, which rapidfuzz does 64 at a time.
COMPARING = 1 / 16


class Budget:
    """Work that one diff may still do."""

    def __init__(self, left: float = LIMIT) -> None:
        self.left = left
        # Whether something had to be left out.
        self.exceeded = False

    def afford(self, old: int, new: int) -> bool:
        """Pay for a word diff of two texts of this many characters, if it can be."""
        cost = BEGINNING + READING * (old + new) + COMPARING * old * new
        if cost > self.left:
            self.exceeded = True
            return False
        self.left -= cost
        return True
