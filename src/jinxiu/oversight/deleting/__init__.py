"""Lawful deletion: what of a person the law keeps until when, what may go, and the deed that two people do."""
