"""What agents did: recorded runs, taken in, redacted and searchable."""
