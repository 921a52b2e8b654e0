"""The own record in words that a person understands: health at a glance, what values mean, what was done."""
