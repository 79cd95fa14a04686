"""The browser edge: load, do, show."""
