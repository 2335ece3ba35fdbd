"""Dumps, WAL and base backups of the cluster; restoring them, and proving that they restore.

Runs in the image that the Dockerfile beside this builds, and as it is on a developer's machine.
"""
