"""Who is asking: users, teams, roles, agents and their tokens."""
