"""What a centre brings along in Excel and CSV: residents, and what was done for them before."""
