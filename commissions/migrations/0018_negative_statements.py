"""Negative rests are found without a look at all statements; closing lines looks for weeks only where there are any."""

from importlib import import_module

from django.db import migrations, models

CLOSE_LINES_BEFORE = import_module("commissions.migrations.0016_lines_as_table").CLOSE_LINES

# First instalments, due in the months of their events, are compared with weekly batches only.
CLOSE_LINES = CLOSE_LINES_BEFORE.replace(
    """SELECT min(due_month), max(due_month), min(due_month) FILTER (WHERE instalment = 1),
                           max(due_month) FILTER (WHERE instalment = 1) FROM %I WHERE line_type = ''record''', name)
        INTO first_due, last_due, first_event, last_event;""",
    """SELECT min(due_month), max(due_month) FROM %I', name) INTO first_due, last_due;
    IF EXISTS (SELECT FROM commissions_settlementbatch
                WHERE county_id = subject.county_id AND kind = 'weekly' AND id <> batch AND state <> 'void') THEN
        EXECUTE format('SELECT min(due_month), max(due_month) FROM %I WHERE line_type = ''record'' AND instalment = 1',
                       name)
            INTO first_event, last_event;
    END IF;""",
)


class Migration(migrations.Migration):
    dependencies = [("commissions", "0017_guard_statements_at_once"), ("dealers", "0007_people")]

    operations = [
        migrations.AddIndex(
            "Statement",
            models.Index(fields=["dealer"], condition=models.Q(carried_out__lt=0), name="statement_negative"),
        ),
        migrations.RunSQL(CLOSE_LINES, CLOSE_LINES_BEFORE),
    ]
