"""A weekly batch takes what its days sold, also where they fall into the month after that of its Thursday."""

from importlib import import_module

from django.db import migrations

CLOSE_LINES_BEFORE = import_module("commissions.migrations.0012_fast_settlement").CLOSE_LINES

CLOSE_LINES = """
CREATE OR REPLACE FUNCTION commissions_close_lines(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := commissions_lines_table(batch);
    subject commissions_settlementbatch%ROWTYPE;
    other record;
    first_due date;
    last_due date;
    first_event date;
    last_event date;
    clash boolean;
BEGIN
    SELECT * INTO STRICT subject FROM commissions_settlementbatch WHERE id = batch;
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (record_id, kind, instalment, line_type) WHERE record_id IS NOT NULL',
                   name || '_once', name);
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (id)', name || '_id', name);
    EXECUTE format('CREATE INDEX %I ON %I (dealer_id)', name || '_dealer', name);
    EXECUTE format('SELECT min(due_month), max(due_month), min(due_month) FILTER (WHERE instalment = 1),
                           max(due_month) FILTER (WHERE instalment = 1) FROM %I WHERE line_type = ''record''', name)
        INTO first_due, last_due, first_event, last_event;
    -- A week may end in the month after that of its Thursday; its first instalments are due in the months of their events.
    IF last_due > (CASE subject.kind WHEN 'weekly' THEN subject.last_day ELSE subject.month END) THEN
        PERFORM commissions_refuse(format('Batch %s would settle what is not yet due.', subject.number));
    END IF;
    -- A monthly batch holds nothing due after its month (checked above), a weekly one only first
    -- instalments, due in the month of their event, which is in its week: nothing else needs a look.
    FOR other IN
        SELECT id, number, kind, month FROM commissions_settlementbatch
         WHERE county_id = subject.county_id AND id <> batch AND state <> 'void'
           AND lines_at IS NOT NULL AND to_regclass(commissions_lines_table(id)) IS NOT NULL
           AND CASE kind WHEN 'monthly' THEN month >= first_due
                         ELSE last_day >= first_event AND date_trunc('month', first_day) <= last_event END
    LOOP
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %I fresh JOIN %I settled USING (record_id, kind, instalment)
              WHERE fresh.line_type = ''record'' AND settled.line_type = ''record'' AND %s)',
            name, commissions_lines_table(other.id),
            CASE other.kind WHEN 'monthly' THEN format('fresh.due_month <= %L', other.month)
                            ELSE 'fresh.instalment = 1' END)
            INTO clash;
        IF clash THEN
            RAISE EXCEPTION 'Batch % has settled an instalment that batch % would settle again.',
                other.number, subject.number USING ERRCODE = 'unique_violation';
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0013_simulation")]

    operations = [migrations.RunSQL(CLOSE_LINES, CLOSE_LINES_BEFORE)]
