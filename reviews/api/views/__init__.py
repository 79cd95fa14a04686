"""One module per noun; each door loads, does and answers."""
