"""The hospitals to which a centre refers: their names, departments and phones, and those that are closed."""
