"""A small world of people who know each other, for looking at and trying things out."""
