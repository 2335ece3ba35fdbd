"""A large world to measure in: 10 thousand to 10 million messages, the same from the same seed."""
