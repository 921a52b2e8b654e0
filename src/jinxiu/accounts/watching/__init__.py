"""Accounts that the administrator should look at."""
