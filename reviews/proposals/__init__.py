"""What should change: proposals, their evidence, decisions and policies."""
