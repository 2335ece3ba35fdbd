"""Proves the stack of the logs with real containers: ships lines while parts of it are killed.

Runs where images can be fetched (.github/workflows/observability.yml), on one engine without a
swarm.
"""
