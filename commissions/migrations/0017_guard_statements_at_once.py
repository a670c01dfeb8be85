"""An approved batch's statements are guarded once for each SQL statement, not row by row; two indexes fewer."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE FUNCTION commissions_guard_statements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT array_agg(DISTINCT batch_id) INTO touched FROM former;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT touched || array_agg(DISTINCT batch_id) INTO touched FROM fresh;
    END IF;
    IF EXISTS (SELECT FROM unnest(touched) batch WHERE commissions_is_frozen(batch)) THEN
        PERFORM commissions_refuse('The statements of an approved batch cannot change.');
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER guard_statement ON commissions_statement;
CREATE TRIGGER guard_inserted AFTER INSERT ON commissions_statement
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_statements();
CREATE TRIGGER guard_updated AFTER UPDATE ON commissions_statement
    REFERENCING OLD TABLE AS former NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_statements();
CREATE TRIGGER guard_deleted AFTER DELETE ON commissions_statement
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_statements();
"""
BACK = """
DROP TRIGGER guard_inserted ON commissions_statement;
DROP TRIGGER guard_updated ON commissions_statement;
DROP TRIGGER guard_deleted ON commissions_statement;
DROP FUNCTION commissions_guard_statements;
CREATE TRIGGER guard_statement BEFORE INSERT OR UPDATE OR DELETE ON commissions_statement
    FOR EACH ROW EXECUTE FUNCTION commissions_guard_of_batch();
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0016_lines_as_table"), ("dealers", "0007_people")]

    operations = [
        migrations.AlterField(
            "Statement",
            "batch",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="statements",
                to="commissions.settlementbatch",
                verbose_name="batch",
                db_index=False,
            ),
        ),
        migrations.AlterField(
            "Statement",
            "dealer",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statements",
                to="dealers.dealer",
                verbose_name="dealer",
                db_index=False,
            ),
        ),
        migrations.RunSQL(GUARD, BACK),
    ]
