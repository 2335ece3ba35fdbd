"""What goes wrong in ways the user can mend."""


class Trouble(Exception):
    """Its text is the one line that the user sees instead of a traceback."""
