"""The offline pass: traces become patterns, patterns become proposals."""
