"""Tables that only grow: the statements that a migration runs to have the database refuse everything else."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'A correction is a new row that supersedes the old one.';
END $$;
"""


def refuse_changes(table: str) -> str:
    """SQL that lets the table grow only. Two triggers, so that tests can lift the one that guards against TRUNCATE."""
    return f"""{_FUNCTION}
CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def allow_changes(table: str) -> str:
    """The way back, for the reverse migration."""
    return f"DROP TRIGGER {table}_only_grows ON {table}; DROP TRIGGER {table}_not_emptied ON {table};"
