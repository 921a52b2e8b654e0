"""Registering a person in the browser."""
