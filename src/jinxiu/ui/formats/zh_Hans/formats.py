"""Dates in Chinese: 2026年8月20日, and 8月20日 without a zero before the month."""

DATE_FORMAT = "Y年n月j日"
MONTH_DAY_FORMAT = "n月j日"
