"""Measures: of which people, how many. A second language beside that of standards, over the same facts."""
