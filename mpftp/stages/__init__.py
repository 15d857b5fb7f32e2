"""Floor 3: the verbs. Each stage sees, plans, acts, and meets the others only in the state file."""
