"""Who watches: the auditor's search of the trail, and who looked at one person's record."""
