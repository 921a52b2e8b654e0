"""Agreements with family-doctor teams: signed, confirmed, renewed, transferred, ended, and what they promise."""
