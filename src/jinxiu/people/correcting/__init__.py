"""Correcting what is registered of a person; what it was before stays readable."""
