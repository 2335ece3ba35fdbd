"""The zero-downtime proof: a load that never pauses, and all that can happen to a stack meanwhile."""
