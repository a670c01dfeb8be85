"""New sales records say for which months they came, so that nobody counts months that are as they were."""

from django.db import migrations, models

TRIGGER = """
CREATE FUNCTION inventory_note_new_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_factchange (table_name, month)
    SELECT DISTINCT TG_TABLE_NAME, date_trunc('month', event_date)::date FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER note_insert AFTER INSERT ON inventory_salesrecord
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION inventory_note_new_sales();
"""
BACK = """
DROP TRIGGER note_insert ON inventory_salesrecord;
DROP FUNCTION inventory_note_new_sales;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0051_fact_changes")]

    operations = [
        migrations.AddField("FactChange", "month", models.DateField(null=True)),
        migrations.RunSQL(TRIGGER, BACK),
    ]
