"""Finding a person in one box, as clerks do it."""
