"""What the framework itself can do: a view, the right indexes, and nothing else."""
