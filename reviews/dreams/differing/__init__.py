"""What one text became, taken apart so that each piece can be decided by itself. Pure."""
