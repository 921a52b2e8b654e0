"""Signing many: a day on which a clerk signs one person after the other, whole households, a team's yes to all."""
