"""The manager's page: who is signed, whose agreement ends, who came and went, what was kept of what is promised."""
