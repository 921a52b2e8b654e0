from django.db import migrations

from jinxiu.audit.append_only import allow_changes, refuse_changes

_GROW = ("pay_payment", "pay_manualscore", "pay_paycorrection", "pay_payapproval")

# A frozen month stays as it is, with its lines; and what freezes it is two people who approved what stands there, and
# whom it gives nothing. FOR SHARE: a line that comes at the same moment waits, and is refused then.
_FREEZE = """
CREATE FUNCTION pay_guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state = 'draft' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.state = 'draft' THEN
        IF NEW.state = 'draft' OR 2 <= (
            SELECT count(DISTINCT a.by_id) FROM pay_payapproval a
            WHERE a.run_id = NEW.id AND a.revision = NEW.revision
                AND NOT EXISTS (SELECT FROM pay_payline l WHERE l.run_id = NEW.id AND l.staff_id = a.by_id)
        ) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a month is frozen by the approval of two people to whom it gives nothing'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RAISE EXCEPTION 'a month is worked out as a draft, and a frozen one stays as it is: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'A correction is a new line of a later month.';
END $$;
CREATE FUNCTION pay_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.run_id ELSE OLD.run_id END;
BEGIN
    PERFORM FROM pay_payrun WHERE id = run AND state = 'draft' FOR SHARE;
    IF NOT FOUND OR TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'the lines of a frozen month stay as they are: % is refused', TG_OP
            USING ERRCODE = 'restrict_violation', HINT = 'A correction is a new line of a later month.';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER pay_payrun_frozen BEFORE INSERT OR UPDATE OR DELETE ON pay_payrun
    FOR EACH ROW EXECUTE FUNCTION pay_guard_run();
CREATE TRIGGER pay_payrun_not_emptied BEFORE TRUNCATE ON pay_payrun
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pay_payline_frozen BEFORE INSERT OR UPDATE OR DELETE ON pay_payline
    FOR EACH ROW EXECUTE FUNCTION pay_guard_line();
CREATE TRIGGER pay_payline_not_emptied BEFORE TRUNCATE ON pay_payline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
_THAW = """
DROP TRIGGER pay_payrun_frozen ON pay_payrun; DROP TRIGGER pay_payrun_not_emptied ON pay_payrun;
DROP TRIGGER pay_payline_frozen ON pay_payline; DROP TRIGGER pay_payline_not_emptied ON pay_payline;
DROP FUNCTION pay_guard_run; DROP FUNCTION pay_guard_line;
"""


class Migration(migrations.Migration):
    dependencies = [("pay", "0001_money"), ("audit", "0002_only_grows")]

    operations = [
        *(migrations.RunSQL(refuse_changes(table), allow_changes(table)) for table in _GROW),
        migrations.RunSQL(_FREEZE, _THAW),
    ]
