"""Where a person stands: their data put right, moved, died, came back; each with all that follows, at once."""
