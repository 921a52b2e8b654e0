"""Values that residents sent from home, before the team: what waits for a contact, and that contact."""
