"""Decided memory, written back to where agents of others read it."""
