"""The large tables of facts say when they are changed, so that a settlement knows that they are as they were."""

import django.db.models.functions.datetime
from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION inventory_note_fact_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_factchange (table_name) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON inventory_subscribermonth
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_fact_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON inventory_falsesale
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_fact_change();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON inventory_reentrysuspect
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_fact_change();

-- New sales records are counted by whoever needs to know; sellers are often looked for and seldom found.
CREATE FUNCTION inventory_note_changed_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM former) THEN
        INSERT INTO inventory_factchange (table_name) VALUES (TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_update AFTER UPDATE ON inventory_salesrecord
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_changed_sales();
CREATE TRIGGER note_delete AFTER DELETE ON inventory_salesrecord
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_changed_sales();
"""
# A month's rows may also be written straight into its own table, whose statements the whole table's triggers do not see.
ENSURE_MONTH = """
CREATE OR REPLACE FUNCTION inventory_ensure_month(wanted date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'inventory_subscribermonth_' || to_char(wanted, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('inventory_ensure_month'));
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF inventory_subscribermonth FOR VALUES FROM (%L) TO (%L)',
                           name, date_trunc('month', wanted)::date,
                           (date_trunc('month', wanted) + interval '1 month')::date);
            EXECUTE format('CREATE INDEX %I ON %I (county_id)', name || '_county', name);{trigger}
        END IF;
    END IF;
END $$;
"""
TRIGGER = """
            EXECUTE format('CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON %I
                            FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_fact_change()', name);"""
OF_MONTHS = """
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'inventory_subscribermonth'::regclass LOOP
        EXECUTE format('{each}', part);
    END LOOP;
END $$;
"""
ADD = """CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_fact_change()"""
BACK = """
DROP TRIGGER note_change ON inventory_subscribermonth;
DROP TRIGGER note_change ON inventory_falsesale;
DROP TRIGGER note_change ON inventory_reentrysuspect;
DROP TRIGGER note_update ON inventory_salesrecord;
DROP TRIGGER note_delete ON inventory_salesrecord;
DROP FUNCTION inventory_note_fact_change, inventory_note_changed_sales;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0050_node_not_own_parent")]

    operations = [
        migrations.CreateModel(
            name="FactChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table_name", models.CharField(max_length=63)),
                ("at", models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"indexes": [models.Index(fields=["table_name", "id"], name="fact_change_table")]},
        ),
        migrations.RunSQL(TRIGGERS, BACK),
        migrations.RunSQL(
            ENSURE_MONTH.format(trigger=TRIGGER) + OF_MONTHS.format(each=ADD),
            ENSURE_MONTH.format(trigger="") + OF_MONTHS.format(each="DROP TRIGGER note_change ON %s"),
        ),
    ]
