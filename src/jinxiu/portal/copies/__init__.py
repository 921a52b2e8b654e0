"""A copy of the own data, taken by oneself: the record to read, or all of it as a file for other systems."""
