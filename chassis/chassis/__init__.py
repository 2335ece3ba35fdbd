"""What every service of MiniTwit has in common, and nothing of its domain."""
