"""What is watched, the rules, and the same for a system without Swarm."""
