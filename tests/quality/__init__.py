"""How good a dream is: what it finds of what is there, and how much of it is worth reading.

``python -m tests.quality`` dreams over the development traces with the offline engine and
prints matched findings, traps, the validity of evidence, and precision as judged by hand.
"""
