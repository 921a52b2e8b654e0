"""Drafts: what somebody typed into a form of a person and has not saved."""
