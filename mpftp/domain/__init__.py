"""Floor 1: the rules of triplets, campaigns, messages and results, with no input or output."""
