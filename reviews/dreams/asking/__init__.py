"""Asking a model: what may be spent, what was asked before, and who answers."""
