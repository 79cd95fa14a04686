"""Who did what: the append-only, chained ledger and the actors in it."""
