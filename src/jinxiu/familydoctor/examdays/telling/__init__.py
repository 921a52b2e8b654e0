"""The invited are told by message: when they are invited or moved, the day before, and when a day is cancelled."""
