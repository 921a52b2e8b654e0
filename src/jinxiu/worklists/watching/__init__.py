"""What the administrator and the auditor look at first: counts and last times, no name of any patient."""
