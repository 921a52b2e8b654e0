"""Stored figures of the measures: by month, team and district, each with the people behind it."""
