"""Accounts: who there is, and how they prove it."""
