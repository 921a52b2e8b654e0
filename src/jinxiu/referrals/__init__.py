"""Referrals both ways: sent to a hospital, answered without an account, taken back into the record."""
