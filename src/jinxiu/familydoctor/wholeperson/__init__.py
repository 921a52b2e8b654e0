"""A person's health at a glance: problems, allergies, medicines, vaccinations, each with its day and source."""
