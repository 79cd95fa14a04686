"""One module per noun; each view loads, does and shows."""
