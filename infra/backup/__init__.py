"""Dumps, WAL and base backups of the cluster; restoring them, and proving that they restore.

Runs in the image that the Dockerfile next to it builds, and directly on a developer's machine.
"""
