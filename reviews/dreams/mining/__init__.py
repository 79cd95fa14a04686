"""How steps become signals, patterns and drafts: pure, deterministic, without a database."""
