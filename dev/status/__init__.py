"""`make status`: how the local system fares, on one screen."""
