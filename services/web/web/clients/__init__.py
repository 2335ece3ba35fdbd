"""One client per provider: typed results, `Refused` for a no, `Unavailable` for no answer."""
