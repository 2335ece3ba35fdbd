"""What Prometheus watches, its rules, and how to run it for a system without Swarm."""
