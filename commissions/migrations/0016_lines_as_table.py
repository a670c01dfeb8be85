"""A batch's lines may be written by CREATE TABLE AS; closing them adds what the table of all lines demands."""

from importlib import import_module

from django.db import migrations

CLOSE_LINES_BEFORE = import_module("commissions.migrations.0014_weeks_across_months").CLOSE_LINES

COMPLETE_LINES = """
CREATE FUNCTION commissions_complete_lines(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := commissions_lines_table(batch);
    whole regclass := 'commissions_commissionline';
    demands text;
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(name) AND conname = 'line_of_batch') THEN
        RETURN;
    END IF;
    SELECT string_agg(demand, ', ') INTO demands FROM (
        SELECT format('ALTER %I SET NOT NULL', attname) FROM pg_attribute
         WHERE attrelid = whole AND attnum > 0 AND attnotnull AND NOT attisdropped
         UNION ALL
        SELECT format('ALTER %I SET DEFAULT %s', attname, pg_get_expr(adbin, adrelid))
          FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = whole
    ) demanded (demand);
    -- The checks word for word: what PostgreSQL shows of them is not what it takes for the same when a table is attached.
    EXECUTE format('ALTER TABLE %I %s,
        ADD CONSTRAINT line_of_batch CHECK (batch_id IS NOT NULL AND batch_id = %s),
        ADD CONSTRAINT line_adds_up CHECK (amount = pool_amount + payable),
        ADD CONSTRAINT line_withheld_or_earned CHECK (withheld = 0 OR amount = 0),
        ADD CONSTRAINT line_id_names_batch CHECK (id >> 32 = batch_id),
        ADD CONSTRAINT line_shape CHECK (
            CASE WHEN line_type IN (''record'', ''clawback'')
                 THEN record_id IS NOT NULL AND rule_id IS NOT NULL AND instalment >= 1 AND total IS NOT NULL
                 ELSE record_id IS NULL AND instalment IS NULL AND withheld = 0 AND pool_amount = 0 AND amount <> 0
            END)', name, demands, batch);
    EXECUTE format('CREATE TRIGGER guard_partition BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION commissions_guard_partition(%s)', name, batch);
END $$;
"""
CLOSE_LINES = CLOSE_LINES_BEFORE.replace(
    """    SELECT * INTO STRICT subject""",
    """    PERFORM commissions_complete_lines(batch);
    SELECT * INTO STRICT subject""",
)


class Migration(migrations.Migration):
    dependencies = [("commissions", "0015_one_entitlement_index")]

    operations = [
        migrations.RunSQL(
            COMPLETE_LINES + CLOSE_LINES,
            CLOSE_LINES_BEFORE + "DROP FUNCTION commissions_complete_lines;",
        ),
    ]
