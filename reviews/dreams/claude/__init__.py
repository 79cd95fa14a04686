"""How Claude is asked, and how its answers are held against the traces.

Pure: what a model is shown is made here, and nothing that it says goes on unless code has
found it in the steps. It writes wordings and reasons; counts, offsets, places and
fingerprints are never its.
"""
