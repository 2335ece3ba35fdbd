"""Errors that the user can fix."""


class Trouble(Exception):
    """Its text is the one line that the user sees instead of a traceback."""
