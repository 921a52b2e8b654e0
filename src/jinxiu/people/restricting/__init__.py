"""A person restricts the use of their data: what stays open, until when, who asked, and the page for it."""
