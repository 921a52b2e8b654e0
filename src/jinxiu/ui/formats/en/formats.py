"""Dates in English as the standards' sentences write them: 20 August 2026."""

DATE_FORMAT = "j F Y"
MONTH_DAY_FORMAT = "j F"
