"""Days on which people come for their yearly examination: planned, filled in bulk, moved, cancelled, printed."""
