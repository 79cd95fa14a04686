"""How agents write down their runs: one module per format, detected or refused."""
