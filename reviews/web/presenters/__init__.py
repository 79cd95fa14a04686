"""Words and shapes for pages: labels, ledger sentences, diff rows."""
