"""Errors that the user can fix: the same ones here as in infra, whose code dev's tools also run."""

from infra.trouble import Trouble

__all__ = ["Trouble"]
