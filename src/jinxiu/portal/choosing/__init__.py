"""Choosing a family-doctor team, and the own agreement: teams for everybody to read, signing for who is signed in."""
