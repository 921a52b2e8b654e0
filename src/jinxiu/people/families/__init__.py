"""Who lives together, who speaks for a household, and who stands beside a person: guardians, helpers, contacts."""
