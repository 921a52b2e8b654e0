"""Follow-ups out again, in the layouts that others ask for, so that nothing is typed twice."""
