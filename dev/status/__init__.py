"""`make status`: the state of the local system, on one screen."""
