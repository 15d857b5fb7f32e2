"""Floor 2: the outside world. Adapters know one thing each and never one another."""
