"""Two records of one person: finding pairs, reading both as one."""
