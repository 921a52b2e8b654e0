"""Who looked at the own record: when, who of which institution, what for; helpers and oneself too."""
