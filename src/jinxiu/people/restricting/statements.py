"""SQL for set-based reads of restrictions of use."""

CLOSED_TO_CARE = """r.kind = ANY(%(closed_to_care)s) AND r.end_at IS NULL
        AND (r.until_on IS NULL OR r.until_on >= %(today)s)"""
"""A restriction `r` that holds today (as `queries.running` says it) and of a kind under which no care is recorded."""
