"""Renewing many agreements at once, as their people agreed; what people are told before one ends."""
