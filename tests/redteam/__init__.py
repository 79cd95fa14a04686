"""What attackers write where agents read: none of it becomes what agents do."""
