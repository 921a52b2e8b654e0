"""The institutions of the district: what they are, where they are, and until when they are open."""
