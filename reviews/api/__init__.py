"""The edge for programs: traces in, memory out."""
