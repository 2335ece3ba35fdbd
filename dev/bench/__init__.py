"""`make bench`: how fast each route is on a world of a given size, beside what is possible here.

Every figure is taken next to its limits in the same run: machines are noisy, ratios less so.
"""
