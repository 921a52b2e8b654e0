"""A staff member leaves an institution: what is left behind, who takes over, and the list of it."""
