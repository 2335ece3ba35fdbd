"""The logs' stack as containers: what is shipped while parts of it are killed, and what it finds.

Runs where images can be fetched (.github/workflows/observability.yml), on one engine without a
swarm.
"""
