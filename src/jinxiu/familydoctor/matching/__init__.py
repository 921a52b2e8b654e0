"""Two records of one person: looking at both, making them one, taking them apart again."""
