"""The zero-downtime proof: an unceasing load, and what can happen to a stack meanwhile."""
