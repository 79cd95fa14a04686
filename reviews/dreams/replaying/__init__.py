"""A rule tried out: past situations, put to a model with the rule in memory and without.

Pure: which situations, how they are shown, and what an act in them is worth. Asking,
paying and keeping are in ``reviews.dreams.replays``.
"""
