"""Reviews of what agents learn: traces, dreams, proposals, decisions, versions."""
