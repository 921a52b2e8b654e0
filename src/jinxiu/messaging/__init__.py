"""Messages to people: what is said, by which channel, and what became of it."""
